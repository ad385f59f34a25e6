import { setTimeout as sleep } from 'node:timers/promises';

import { abortError } from '../errors/abort-error.js';
import { KioskError } from '../errors/kiosk-error.js';
import type { StorageOptions } from './contract.js';
import { answerOf, kindOf, TransferFault } from './failures.js';
import { storageError } from './storage-error.js';
import type { Operation } from './storage-error.js';

/** First ceiling of the back-off; it doubles with each attempt. Most throttling is over within a second. */
const BASE_BACKOFF_MS = 500;

/**
 * A peer that moves no byte for a minute is gone: S3 and GCS answer within seconds, and their own servers drop idle
 * connections after 20 to 60 s.
 */
export const STALL_TIMEOUT_MS = 60_000;

/**
 * A transfer must move so much on average, measured over each stall timeout: a peer that drips bytes would else hold a
 * job for ever. The slowest links that people still wait at are ten times faster.
 */
const MIN_BYTES_PER_SECOND = 1024;

/** How long an aborted attempt may take to remove its partial file before the next one begins. */
const CLEAN_UP_MS = 2000;

export type RetryPolicy = Pick<StorageOptions, 'maxAttempts' | 'maxBackoffMs' | 'stallTimeoutMs' | 'onRetry'>;

/** What one attempt gets: it must stop when `signal` is aborted, and tell by `alive` what moves. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** So many bytes have moved; without a number: a step was done, such as an answer without a body. */
  readonly alive: (bytes?: number) => void;
}

/**
 * Runs `attempt` until it succeeds, at most `maxAttempts` times. Only transient failures are repeated: network, 429, 5xx,
 * a truncated, corrupt or stalled body. Between attempts it waits a random time below a ceiling that doubles up to
 * `maxBackoffMs` ("full jitter": many workers that failed together do not come back together).
 *
 * @throws {KioskError} as `storageError` words it; `KC_ABORTED` (or the reason itself, if that is one of ours) on abort
 */
export async function withRetry<T>(
  operation: Operation,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: (context: Attempt) => Promise<T>,
): Promise<T> {
  const stallMs = policy.stallTimeoutMs ?? STALL_TIMEOUT_MS;
  for (let count = 1; ; count++) {
    throwIfAborted(operation, signal);
    try {
      return await guarded(stallMs, signal, attempt);
    } catch (error) {
      throwIfAborted(operation, signal);
      const repeat = !(error instanceof KioskError) && kindOf(error) === 'transient' && count < policy.maxAttempts;
      if (!repeat) throw storageError(operation, error, count);
      const delayMs = backoffMs(count, policy.maxBackoffMs);
      const { address, verb, key } = operation;
      policy.onRetry?.({ address, what: `${verb} "${key}"`, attempt: count, delayMs, answer: answerOf(error) });
      await pause(delayMs, signal);
    }
  }
}

/** A random time below the ceiling of attempt `count`, which is counted from 1. */
export function backoffMs(count: number, maxBackoffMs: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(maxBackoffMs, BASE_BACKOFF_MS * 2 ** (count - 1)));
}

/** Throws the reason itself where it is already one of ours (a cancelled job, say). */
function throwIfAborted(operation: Operation, signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const { address, verb, key } = operation;
  throw abortError(signal, `Stopped before ${address} could ${verb} "${key}".`);
}

/**
 * One attempt, ended when the caller's signal is aborted or too little moved for `stallMs`; also where the code inside
 * does not listen to its signal (parts of the Google library do not), in which case its socket is left to the other side.
 */
async function guarded<T>(
  stallMs: number,
  outer: AbortSignal | undefined,
  attempt: (context: Attempt) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const enough = (stallMs / 1000) * MIN_BYTES_PER_SECOND;
  let moved = 0;
  const stalled = (): void => {
    const what = moved === 0 ? 'nothing' : `only ${moved} bytes`;
    controller.abort(new TransferFault('STALLED', `${what} moved for ${stallMs / 1000} s`));
  };
  let timer = setTimeout(stalled, stallMs);
  const forward = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', forward, { once: true });
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error), { once: true });
  });
  const alive = (bytes = enough): void => {
    moved += bytes;
    if (moved < enough) return;
    moved = 0;
    timer = timer.refresh();
  };
  const running = attempt({ signal: controller.signal, alive });
  try {
    return await Promise.race([running, ended]);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    await Promise.race([running.catch(() => undefined), sleep(CLEAN_UP_MS, undefined, { ref: false })]);
    // Libraries turn the abort into an error of their own; the reason tells more.
    throw controller.signal.reason;
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward);
  }
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort ends the pause; the loop looks at the signal next.
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
