import { basename } from 'node:path';
import { newJobFields, newJobKey } from '../../broker/job-hash.js';
import type { Ports } from '../../consumer/context.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { uploadKey } from '../../storage/keys.js';
import { askedOutputs } from '../asked-outputs.js';
import { awaitJobs } from '../await-jobs.js';
import type { CommandContext } from '../command-context.js';
import type { EnqueueOptions } from '../command-options.js';
import { expandInputs, type Input } from '../expand-inputs.js';
import { fetchOutcome, type SubmittedJob } from '../fetch-results.js';
import { printOutcomes, type FileOutcome } from '../file-outcomes.js';
import { resultNames } from '../result-folder.js';
import { uploadInput } from '../upload-input.js';

/** A job that this command has pushed. */
interface PushedJob extends SubmittedJob {
  readonly hash: string;
  readonly queue: string;
}

interface Target {
  readonly ports: Ports;
  readonly queue: string;
  readonly host: string;
  /** From `--set`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * `enqueue`: uploads files, makes the job hashes as the Kiosk's frontend does, pushes them; waits for them if asked to.
 * @returns 0, or 1 if a job that was waited for failed
 */
export async function enqueue(
  context: CommandContext,
  args: readonly string[],
  options: EnqueueOptions,
): Promise<number> {
  if (options.outputs !== undefined && (options.wait !== true || options.out === undefined)) {
    throw new KioskError('KC_USAGE', '--outputs says what is written to a folder, but there is none.', {
      hint: 'Add --wait and --out DIR. For files in the result archive itself: --set outputs=labels,outlines.',
    });
  }
  const { outputs, fields } = askedOutputs(options.outputs, options.set);
  const inputs = await expandInputs(args);
  const { settings } = await context.settings();
  const offer = (await context.registry()).consumerFor(settings.consumerType);
  const ports = await context.ports(['broker', 'storage']);
  const { signal } = context;
  const target = {
    ports,
    queue: settings.queue ?? offer.defaultQueue,
    host: settings.hostname,
    fields,
    signal,
  };
  const names = resultNames(inputs.map((input) => (input.kind === 'file' ? input.name : basename(input.key))));
  const jobs: PushedJob[] = [];
  for (const [index, input] of inputs.entries()) {
    const job = await push(input, names[index]!, target);
    jobs.push(job);
    if (options.wait !== true) printJob(context, job);
    else if (!context.json) context.output.message(`enqueued ${job.hash}`);
  }
  if (options.wait !== true) return 0;
  const finished = await awaitJobs(
    context,
    ports.broker,
    jobs.map(({ hash }) => hash),
  );
  const fetching = { ports, limits: settings.consumer.limits, signal, folder: options.out, outputs };
  const outcomes: FileOutcome[] = [];
  for (const job of jobs) outcomes.push(await fetchOutcome(job, finished.get(job.hash)?.fields, fetching));
  printOutcomes(context, outcomes);
  return outcomes.every((outcome) => outcome.status === 'done') ? 0 : 1;
}

async function push(input: Input, name: string, { ports, queue, host, fields, signal }: Target): Promise<PushedJob> {
  const key = input.kind === 'file' ? uploadKey(input.name) : await ports.store.resolve(input.key, { signal });
  if (input.kind === 'file') await uploadInput(ports.store, input.path, key, { signal });
  const file = input.kind === 'file' ? input.name : basename(key);
  // The Kiosk's frontend sends archives to the queue beside it, whatever the case of the suffix.
  const own = /\.zip$/i.test(file) ? `${queue}-zip` : queue;
  const hash = newJobKey(own, file);
  const url = await ports.store.urlFor(key);
  await ports.broker.enqueue(own, hash, newJobFields({ originalName: file, inputFileName: key, url, host, fields }));
  return { hash, queue: own, file, key, name, path: input.kind === 'file' ? input.path : undefined };
}

function printJob({ output, json }: CommandContext, { hash, queue, file, key }: PushedJob): void {
  if (json) output.json({ hash, queue, file, key });
  else output.line(hash);
}
