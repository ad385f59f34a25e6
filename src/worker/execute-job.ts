import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, ClaimOptions, JobFields } from '../broker/contract.js';
import { wireTimestamp } from '../broker/timestamp.js';
import type { ConsumerSettings, Logger, PluginFunctions, Ports } from '../consumer/context.js';
import type { OptionValues } from '../consumer/options.js';
import { KioskError, retryOf } from '../errors/kiosk-error.js';
import { messageOf } from '../errors/message-of.js';
import type { ConsumerClass } from '../plugin/contract.js';
import { abortReason } from '../consumer/patience.js';
import { WaitForChildren } from '../consumer/children.js';
import type { WorkerSettings } from './worker-settings.js';
import { attemptJob, type Attempt } from './attempt.js';
import { crashed } from './crash-report.js';
import type { Isolation } from './isolation/messages.js';
import { failureReason } from './failure-reason.js';

/** A claimed job with all that it takes to do it. */
export interface JobRun {
  readonly claim: Claim;
  readonly lease: ClaimOptions;
  readonly type: string;
  readonly consumerClass: ConsumerClass;
  /** Each try in a thread of its own; default: on the event loop. */
  readonly isolation?: Isolation;
  readonly options: OptionValues;
  readonly functions: PluginFunctions;
  readonly ports: Ports;
  readonly consumerSettings: ConsumerSettings;
  readonly workerSettings: WorkerSettings;
  /** A logger whose lines carry the job. */
  readonly logger: Logger;
  /** Aborted with a `KioskError`: `KC_JOB_LOST`, or `KC_ABORTED` when the worker gives its jobs back. */
  readonly stop: AbortSignal;
  /** Told when the job begins to save its results (status `saving-results`). */
  readonly onSaving?: () => void;
  /** Told, often, that the job moves and in which stage it is. */
  readonly onProgress?: (stage: string) => void;
  /** Told what failed of a try after which another one follows. */
  readonly onRetry?: (error: unknown) => void;
}

/**
 * How a job left this worker.
 *
 * - `done`, `failed`  settled, `fields` are what the hash was given
 * - `waiting`         it waits for its children, and is taken again when they have ended
 * - `returned`        put back to its queue
 * - `lost`            another worker holds it; nothing of ours was written, nothing of ours is left
 * - `unsettled`       the broker could not be reached to settle it; its lease runs out and it runs again
 */
export type JobOutcome =
  | {
      readonly status: 'done' | 'failed';
      readonly fields: JobFields;
      readonly error?: unknown;
      readonly setAside?: boolean;
    }
  | { readonly status: 'waiting' }
  | { readonly status: 'returned' | 'lost' | 'unsettled'; readonly error: unknown };

const CHILDREN_LISTED = 500;

/**
 * The one way a job is done, for `consume` and for `run`: tries it, again where a failure may pass, settles it in one
 * step, and leaves no file and no object behind unless it ended as done. Never throws.
 */
export async function executeJob(run: JobRun): Promise<JobOutcome> {
  await removeUploads(run, run.claim.leftovers);
  // Tries within a worker are counted below; an attempt that the broker counted ended with the death of its worker.
  if (run.claim.deaths.length > 0 && run.claim.attempt > run.workerSettings.maxDeaths) return await refuseCrashing(run);
  let hasChildren = run.claim.children !== undefined;
  for (let attempt = run.claim.attempt; ; attempt += 1) {
    const tried = await attemptJob(run, attempt);
    hasChildren ||= tried.hasChildren;
    try {
      if (tried.result instanceof WaitForChildren) return await awaitChildren(run, tried, tried.result);
      if (tried.result !== undefined) return await settleDone(run, tried, tried.result);
      await removeUploads(run, tried.uploads);
      if (run.stop.aborted || isLost(tried.error)) return await leave(run, tried.error);
      if (!mayTryAgain(run, tried.error, attempt - run.claim.attempt + 1))
        return await settleFailed(run, { ...tried, hasChildren }, attempt);
      run.onRetry?.(tried.error);
      run.logger.warn('trying again', { attempt, stage: tried.stage, error: messageOf(tried.error) });
      await pauseBefore(attempt, run);
      if (run.stop.aborted) return await leave(run, abortReason(run.stop));
    } catch (error) {
      run.logger.error('the outcome could not be written', { error: messageOf(error) });
      return { status: 'unsettled', error };
    }
  }
}

async function settleDone(run: JobRun, tried: Attempt, result: JobFields): Promise<JobOutcome> {
  const fields = { ...result, finished_at: wireTimestamp(Date.now()), status: 'done' as const };
  const { childrenExpireSeconds } = run.workerSettings;
  if (await run.ports.broker.settle(run.claim, run.lease, fields, { childrenExpireSeconds }))
    return { status: 'done', fields };
  await removeUploads(run, tried.uploads);
  return lost(run);
}

/** Whatever the try uploaded and gave to no child is of no use to the next one, which may be another worker's. */
async function awaitChildren(run: JobRun, tried: Attempt, { fields }: WaitForChildren): Promise<JobOutcome> {
  await removeUploads(run, tried.uploads);
  return (await run.ports.broker.awaitChildren(run.claim, run.lease, fields)) ? { status: 'waiting' } : lost(run);
}

function lost(run: JobRun): JobOutcome {
  return {
    status: 'lost',
    error: new KioskError('KC_JOB_LOST', `Job "${run.claim.key}" was taken over before it could be settled.`),
  };
}

async function settleFailed(run: JobRun, tried: Omit<Attempt, 'uploads'>, attempt: number): Promise<JobOutcome> {
  const { error, stage } = tried;
  const reason = failureReason(error, { type: run.type, attempt, stage });
  const fields = { reason, finished_at: wireTimestamp(Date.now()), status: 'failed' as const };
  // What may pass, or killed its worker, somebody may want to try once more; what is wrong in itself stays as it is.
  const setAside = retryOf(error) !== 'never';
  const inputs = tried.hasChildren ? await inputsOfChildren(run) : [];
  const { childrenExpireSeconds } = run.workerSettings;
  const held = await run.ports.broker.settle(run.claim, run.lease, fields, { setAside, childrenExpireSeconds });
  if (held) await removeUploads(run, inputs);
  return held ? { status: 'failed', fields, error, setAside } : { status: 'lost', error };
}

async function refuseCrashing(run: JobRun): Promise<JobOutcome> {
  const error = crashed(run.claim);
  const stage = run.claim.deaths.at(-1)?.note?.stage ?? 'start';
  try {
    const hasChildren = run.claim.children !== undefined;
    return await settleFailed(run, { error, stage, hasChildren }, run.claim.attempt);
  } catch (unsettled) {
    return { status: 'unsettled', error: unsettled };
  }
}

/** What a job that fails had uploaded for its children, which end with it. */
async function inputsOfChildren(run: JobRun): Promise<string[]> {
  const inputs: string[] = [];
  for (let from = 0; ; from += CHILDREN_LISTED) {
    const page = await run.ports.broker.listChildren(run.claim.key, ['input_file_name'], from, CHILDREN_LISTED);
    for (const { fields } of page) {
      const key = fields?.['input_file_name'];
      if (key?.startsWith('output/') === true) inputs.push(key);
    }
    if (page.length < CHILDREN_LISTED) return inputs;
  }
}

/** The worker stops, or the job is another's by now. */
async function leave(run: JobRun, error: unknown): Promise<JobOutcome> {
  if (isLost(error)) return { status: 'lost', error };
  const held = await run.ports.broker.giveBack(run.claim, run.lease, { keepAttempt: true });
  return { status: held ? 'returned' : 'lost', error };
}

async function removeUploads(run: JobRun, uploads: readonly string[]): Promise<void> {
  for (const key of uploads) {
    await run.ports.store.delete(key).catch((error: unknown) => {
      run.logger.warn('an object of a job that failed could not be removed', { key, error: messageOf(error) });
    });
  }
}

function mayTryAgain(run: JobRun, error: unknown, attempt: number): boolean {
  return retryOf(error) !== 'never' && attempt < run.workerSettings.maxAttempts;
}

/** Exponential with jitter; ends early when the worker is stopped. The lease is kept meanwhile. */
async function pauseBefore(attempt: number, run: JobRun): Promise<void> {
  const bound = run.workerSettings.retryBackoffMs * 2 ** Math.min(attempt, 6);
  await sleep(bound * (0.5 + Math.random() / 2), undefined, { signal: run.stop }).catch(() => undefined);
}

function isLost(error: unknown): boolean {
  return error instanceof KioskError && error.code === 'KC_JOB_LOST';
}
