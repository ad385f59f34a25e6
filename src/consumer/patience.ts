import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../errors/abort-error.js';
import { KioskError, retryOf } from '../errors/kiosk-error.js';

export interface PatienceOptions {
  /** How long a service that is away is waited for, in all. */
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
  /** Told before each pause what is waited for, and for how long already. */
  readonly onWait: (reason: string, waitedMs: number) => void;
}

/** First pause, and the longest: a service that returns is noticed within half a minute, and is not hammered. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Calls `work` until it stops failing because a service is away (retry `wait`). Every other failure is thrown at
 * once; after `maxWaitMs` the last one is thrown as one that a later attempt may meet.
 */
export async function patiently<T>(work: () => Promise<T>, options: PatienceOptions): Promise<T> {
  const startedAt = performance.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (options.signal.aborted) throw abortReason(options.signal);
      if (!(error instanceof KioskError) || retryOf(error) !== 'wait') throw error;
      const waitedMs = performance.now() - startedAt;
      if (waitedMs >= options.maxWaitMs) throw waitedInVain(error, waitedMs);
      options.onWait(error.message, waitedMs);
      // Jitter: workers that lost the same service must not come back to it in step.
      const delay = Math.min(pause * (0.5 + Math.random() / 2), options.maxWaitMs - waitedMs);
      await sleep(delay, undefined, { signal: options.signal }).catch(() => {
        throw abortReason(options.signal);
      });
    }
  }
}

/** What an aborted job ends with: the reason that was given, if it is one of ours. */
export function abortReason(signal: AbortSignal): KioskError {
  return abortError(signal, 'The job was stopped before it ended.');
}

function waitedInVain(error: KioskError, waitedMs: number): KioskError {
  const seconds = Math.round(waitedMs / 1000);
  const message = `${error.message.replace(/\.$/, '')}; waited for it for ${seconds} s.`;
  return new KioskError(error.code, message, { ...error.facts, retry: 'later' }, { cause: error });
}
