import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { JobFields } from '../broker/contract.js';
import { WaitForChildren } from '../consumer/children.js';
import type { ConsumerContext } from '../consumer/context.js';
import type { Job } from '../consumer/job.js';
import { abortReason } from '../consumer/patience.js';
import { doJob } from '../consumer/do-job.js';
import { KioskError } from '../errors/kiosk-error.js';
import { messageOf } from '../errors/message-of.js';
import { startDeadline } from './deadline.js';
import type { JobRun } from './execute-job.js';
import { makeJobFolder } from './job-folders.js';
import { consumeInThread } from './isolation/consume-in-thread.js';
import { withFacts } from './job-logger.js';
import { strayError } from './plugin-faults.js';
import { withStrayErrors } from './stray-errors.js';
import { UploadRecord } from './upload-record.js';

/** What one try of a job came to: how far it got, and the objects it uploaded, in both cases. */
export type Attempt = {
  readonly uploads: readonly string[];
  readonly stage: string;
  /** Whether it made children. */
  readonly hasChildren: boolean;
} & (
  | { readonly result: JobFields | WaitForChildren; readonly error?: undefined }
  | { readonly error: unknown; readonly result?: undefined }
);

/** The status word of the last stage, in which cores and model are free again. */
const SAVING = 'saving-results';

/** Waiting for a service is logged at its beginning and then at most this often. */
const WAIT_LOG_EVERY_MS = 30_000;

/** Runs the consumer once, in a folder of its own that is gone afterwards; never throws. */
export async function attemptJob(run: JobRun, attempt: number): Promise<Attempt> {
  const uploads = new UploadRecord(run);
  const stages: ConsumerContext['stages'] = { current: 'start', seconds: new Map() };
  const ended = new AbortController();
  const deadline = startDeadline(run.workerSettings.deadlineMs, () => ended.abort(timeout(run)));
  const progress = (): void => {
    deadline.touch();
    run.onProgress?.(stages.current);
  };
  const onStray = (error: unknown): void => {
    if (ended.signal.aborted)
      run.logger.error('a job that is over left an error that nobody caught', { error: messageOf(error) });
    else ended.abort(error instanceof KioskError ? error : strayError(error));
  };
  let folder: string | undefined;
  try {
    const job: Job = {
      key: run.claim.key,
      fields: run.claim.fields,
      attempt,
      signal: AbortSignal.any([run.stop, ended.signal]),
    };
    folder = await makeJobFolder();
    const own = { job, folder, uploads, stages, progress };
    const result = await withStrayErrors(onStray, () => consume(run, own));
    return { result, uploads: uploads.keys, stage: stages.current, hasChildren: uploads.hasChildren };
  } catch (error) {
    const stopped = run.stop.aborted ? abortReason(run.stop) : diskFull(error);
    return { error: stopped, uploads: uploads.keys, stage: stages.current, hasChildren: uploads.hasChildren };
  } finally {
    deadline.stop();
    // Whatever the consumer has left running ends with the try: its folder goes now.
    ended.abort(new KioskError('KC_ABORTED', 'The try of the job is over.'));
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function consume(run: JobRun, own: OwnParts): Promise<JobFields | WaitForChildren> {
  const context = contextOf(run, own);
  const { job } = context;
  const startedAt = performance.now();
  const work = run.isolation
    ? consumeInThread(run.isolation, context, own.uploads.archive)
    : doJob(run.consumerClass, context);
  // A consumer that does not look at the signal must not keep a worker that has been told to stop.
  const result = await Promise.race([work, aborted(job.signal)]);
  if (result instanceof WaitForChildren) return result;
  const seconds = (performance.now() - startedAt) / 1000;
  return { total_jobs: '1', total_time: String(seconds), ...result };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(abortReason(signal));
    signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true });
  });
}

interface OwnParts extends Pick<ConsumerContext, 'job' | 'folder' | 'stages' | 'progress'> {
  readonly uploads: UploadRecord;
}

function contextOf(run: JobRun, own: OwnParts): ConsumerContext {
  let waitLoggedAt = -WAIT_LOG_EVERY_MS;
  const logger = withFacts(run.logger, () => ({ attempt: own.job.attempt, stage: own.stages.current }));
  return {
    job: own.job,
    folder: own.folder,
    type: run.type,
    host: run.lease.worker.name,
    ports: run.ports,
    settings: run.consumerSettings,
    options: run.options,
    functions: run.functions,
    logger,
    stages: own.stages,
    progress: own.progress,
    resultKey: (suffix) => own.uploads.resultKey(suffix),
    uploading: async (keys) => {
      if (!(await own.uploads.announce(keys))) throw lost(run);
    },
    queue: run.claim.queue,
    children: run.claim.children,
    addChildren: async (children) => {
      if (own.job.signal.aborted) throw abortReason(own.job.signal);
      if (!(await own.uploads.handOver(children))) throw lost(run);
    },
    update: async (fields) => {
      // A consumer that went on after its abort must not write over the next try.
      if (own.job.signal.aborted) throw abortReason(own.job.signal);
      const isSaving = fields['status'] === SAVING;
      if (isSaving) run.onSaving?.();
      const record = isSaving ? own.uploads.announceResult() : {};
      if (!(await run.ports.broker.update(run.claim, run.lease, fields, record))) throw lost(run);
    },
    waiting: (reason, waitedMs) => {
      own.progress();
      if (performance.now() - waitLoggedAt < WAIT_LOG_EVERY_MS) return;
      waitLoggedAt = performance.now();
      logger.warn('waiting for a service', { reason, waitedSeconds: Math.round(waitedMs / 1000) });
    },
  };
}

function lost(run: JobRun): KioskError {
  return new KioskError('KC_JOB_LOST', `Job "${run.claim.key}" is held by another worker now; nothing was written.`);
}

function timeout(run: JobRun): KioskError {
  const seconds = Math.round(run.workerSettings.deadlineMs / 1000);
  return new KioskError('KC_JOB_TIMEOUT', `The job made no progress for ${seconds} s.`, {
    hint: 'Raise deadlineSeconds of this type if its steps take longer than that; else the plugin waits or loops for ever.',
    retry: 'later',
  });
}

/** A full disk is met anywhere that writes; it is named as what it is. */
function diskFull(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException | null)?.code !== 'ENOSPC') return error;
  return new KioskError(
    'KC_STORAGE_FULL',
    `There is no space left in ${tmpdir()}, where jobs keep their files.`,
    { hint: 'Free space there, or point TMPDIR to a larger disk.', retry: 'later' },
    { cause: error },
  );
}
