import { basename } from 'node:path';
import type { Claim, JobFields } from '../../broker/contract.js';
import { newJobFields, newJobKey } from '../../broker/job-hash.js';
import type { Ports } from '../../consumer/context.js';
import { KioskError } from '../../errors/kiosk-error.js';
import { openLeaseKeeper } from '../../worker/lease/open.js';
import type { JobOutcome } from '../../worker/execute-job.js';
import { Worker, type WorkerOptions } from '../../worker/worker.js';
import type { CommandContext } from '../command-context.js';
import type { RunOptions } from '../command-options.js';
import { askedOutputs } from '../asked-outputs.js';
import { expandInputs } from '../expand-inputs.js';
import { fetchOutcome, type SubmittedJob } from '../fetch-results.js';
import { printOutcomes, type FileOutcome } from '../file-outcomes.js';
import { loadJobType, type JobType } from '../job-type.js';
import { openLocalPorts } from '../local-ports.js';
import { resultNames } from '../result-folder.js';
import { uploadInput } from '../upload-input.js';

const HOST = 'local';

/**
 * `run`: does the jobs of local files in this process, through the same `executeJob` as `consume`.
 * @returns 0, or 1 if a job failed
 */
export async function run(context: CommandContext, args: readonly string[], options: RunOptions): Promise<number> {
  const asked = askedOutputs(options.outputs, options.set);
  const files = await localFiles(args);
  const { settings } = await context.settings();
  const jobType = await loadJobType(context);
  const ports = await openLocalPorts(context, settings);
  const jobs = await submitAll(files, { ...jobType, ports }, asked.fields, context.signal);
  const { outputs } = asked;
  const fetching = { ports, limits: settings.consumer.limits, signal: context.signal, folder: options.out, outputs };
  const outcomes = new Map<string, Promise<FileOutcome>>();
  const left = new Set(jobs.keys());
  const types = [jobType, ...(await typesOfChildren(context, jobType))];
  const workers = await Promise.all(types.map((type) => localWorker(context, type, { ports, onOutcome })));
  const stop = () => {
    for (const worker of workers) {
      worker.stop();
      if (context.signal.aborted) worker.stop();
    }
  };
  context.signal.addEventListener('abort', stop);
  await Promise.all(workers.map((worker) => worker.run()));
  const ended = await Promise.all([...jobs.keys()].flatMap((key) => outcomes.get(key) ?? []));
  context.signal.throwIfAborted();
  printOutcomes(context, ended);
  return ended.every((outcome) => outcome.status === 'done') ? 0 : 1;

  function onOutcome({ key, fields: before }: Claim, outcome: JobOutcome): void {
    const job = jobs.get(key);
    if (job === undefined || outcome.status === 'waiting') return;
    if ('fields' in outcome) {
      // The job's own fields too: results are shown as the job read the image.
      const fields: JobFields = { ...before, ...outcome.fields };
      // The bucket of this run is gone when it ends; what counts is in the folder.
      delete fields.output_url;
      const fetched = fetchOutcome(job, fields, fetching);
      // Awaited above; until then a failure must not count as one that nobody met.
      fetched.catch(() => undefined);
      outcomes.set(key, fetched);
    }
    left.delete(key);
    if (left.size === 0) stop();
  }
}

/** One type for each further queue into which a job may put its children: the first that consumes it. */
async function typesOfChildren(context: CommandContext, own: JobType): Promise<JobType[]> {
  const { types } = await context.registry();
  const byQueue = new Map([[own.queue, own]]);
  for (const type of types) {
    const candidate = await loadJobType(context, type);
    if (!byQueue.has(candidate.queue)) byQueue.set(candidate.queue, candidate);
  }
  return [...byQueue.values()].filter((candidate) => candidate !== own);
}

async function localWorker(
  context: CommandContext,
  { queue, workerSettings, runsWith }: JobType,
  { ports, onOutcome }: { readonly ports: Ports } & Pick<WorkerOptions, 'onOutcome'>,
): Promise<Worker> {
  const { settings } = await context.settings();
  const logger = await context.logger();
  const lease = { worker: { name: HOST, id: `${HOST}/${queue}` }, leaseMs: workerSettings.leaseMs };
  return new Worker({
    broker: ports.broker,
    queue,
    lease,
    leases: openLeaseKeeper({ ...workerSettings, broker: ports.broker, address: undefined, lease, logger }),
    settings: workerSettings,
    concurrency: settings.concurrency,
    logger,
    drain: false,
    maxJobs: Infinity,
    runOf: runsWith(ports),
    ...(onOutcome && { onOutcome }),
  });
}

interface LocalFile {
  readonly path: string;
  readonly name: string;
}

async function localFiles(args: readonly string[]): Promise<LocalFile[]> {
  const inputs = await expandInputs(args);
  return inputs.map((input) => {
    if (input.kind === 'file') return input;
    throw new KioskError('KC_USAGE', `"${input.key}" is not a file of this machine.`, {
      hint: 'run works on local files; use enqueue for objects in the bucket',
    });
  });
}

/** Puts every file into the bucket and the queue of this run. @returns the jobs by the names of their hashes */
async function submitAll(
  files: readonly LocalFile[],
  { queue, ports: { store, broker } }: { readonly queue: string; readonly ports: Ports },
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Map<string, SubmittedJob>> {
  const names = resultNames(files.map((file) => file.name));
  const jobs = new Map<string, SubmittedJob>();
  for (const [index, file] of files.entries()) {
    const hash = newJobKey(queue, file.name);
    const key = `uploads/${index}/${basename(file.path)}`;
    await uploadInput(store, file.path, key, { signal });
    await broker.enqueue(
      queue,
      hash,
      newJobFields({ originalName: file.name, inputFileName: key, host: HOST, fields }),
    );
    jobs.set(hash, { file: file.name, path: file.path, key, name: names[index]! });
  }
  return jobs;
}
