import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { newJobFields, newJobKey } from '../../broker/job-hash.js';
import type { Ports } from '../../consumer/context.js';
import { uploadKey } from '../../storage/keys.js';
import { awaitJobs, type FinishedJob } from '../await-jobs.js';
import type { CommandContext } from '../command-context.js';
import type { EnqueueOptions } from '../command-options.js';
import { expandInputs, type Input } from '../expand-inputs.js';
import { printOutcomes, type FileOutcome } from '../file-outcomes.js';
import { finalFacts, lastLine } from '../outcome.js';
import { resultNames, writeResults } from '../result-folder.js';

/** A job that this command has made. */
interface MadeJob {
  readonly hash: string;
  readonly queue: string;
  readonly file: string;
  readonly key: string;
  /** The local file, if there is one. */
  readonly path: string | undefined;
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
  const inputs = await expandInputs(args);
  const { settings } = await context.settings();
  const offer = (await context.registry()).consumerFor(settings.consumerType);
  const ports = await context.ports(['broker', 'storage']);
  const queue = settings.queue ?? offer.defaultQueue;
  const jobs: MadeJob[] = [];
  for (const input of inputs) {
    const job = await submit(input, {
      ports,
      queue,
      host: settings.hostname,
      fields: options.set,
      signal: context.signal,
    });
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
  const outcomes: FileOutcome[] = [];
  const names = resultNames(jobs.map(({ file }) => file));
  for (const [index, job] of jobs.entries())
    outcomes.push(await outcomeOf(context, ports, job, finished.get(job.hash)!, names[index]!, options));
  printOutcomes(context, outcomes);
  return outcomes.every((outcome) => outcome.status === 'done') ? 0 : 1;
}

async function submit(
  input: Input,
  {
    ports,
    queue,
    host,
    fields,
    signal,
  }: { ports: Ports; queue: string; host: string; fields: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<MadeJob> {
  const key = input.kind === 'file' ? uploadKey(input.name) : await ports.store.resolve(input.key, { signal });
  if (input.kind === 'file') await ports.store.upload(input.path, key, { signal });
  const file = input.kind === 'file' ? input.name : basename(key);
  // The Kiosk's frontend sends archives to the queue beside it, whatever the case of the suffix.
  const target = /\.zip$/i.test(file) ? `${queue}-zip` : queue;
  const hash = newJobKey(target, file);
  const url = await ports.store.urlFor(key);
  await ports.broker.enqueue(target, hash, newJobFields({ originalName: file, inputFileName: key, url, host, fields }));
  return { hash, queue: target, file, key, path: input.kind === 'file' ? input.path : undefined };
}

function printJob({ output, json }: CommandContext, { hash, queue, file, key }: MadeJob): void {
  if (json) output.json({ hash, queue, file, key });
  else output.line(hash);
}

async function outcomeOf(
  context: CommandContext,
  ports: Ports,
  job: MadeJob,
  { fields }: FinishedJob,
  name: string,
  options: EnqueueOptions,
): Promise<FileOutcome> {
  const facts = { file: job.file, hash: job.hash };
  if (fields === undefined) return { ...facts, status: 'failed', reason: 'The job hash has vanished from the broker.' };
  const { reason, seconds, output } = finalFacts(fields);
  if (fields.status !== 'done') return { ...facts, status: 'failed', reason: lastLine(reason ?? '') };
  const done = {
    ...facts,
    status: 'done' as const,
    ...(seconds === undefined ? {} : { seconds }),
    ...(output === undefined ? {} : { output }),
  };
  const key = fields.output_file_name;
  if (options.out === undefined || !key) return done;
  const folder = await mkdtemp(join(tmpdir(), 'kiosk-result-'));
  try {
    const { signal } = context;
    const archive = join(folder, basename(key));
    await ports.store.download(key, archive, { signal });
    const image = job.path ?? join(folder, `input-${basename(job.key)}`);
    if (job.path === undefined) await ports.store.download(job.key, image, { signal });
    const { limits } = (await context.settings()).settings.consumer;
    const results = await writeResults(
      options.out,
      { image, archive, name, fields },
      { compute: ports.compute, limits, signal },
    );
    return { ...done, results };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
