import { KioskError } from '../../errors/kiosk-error.js';
import { aborted, pause } from '../abort.js';
import type { PredictOptions } from '../contract.js';
import type { CallFailure } from './call-failure.js';

export interface RetryPolicy {
  /** Base of the exponential back-off. */
  readonly backoffMs: number;
  /** Retries after the first attempt; below 1: without bound. */
  readonly maxRetries: number;
  /** How long a server that is away is waited for. */
  readonly maxWaitMs: number;
  readonly target: string;
}

/** Longest pause before an overloaded server is asked again. */
const MAX_BACKOFF_MS = 60_000;

/** Longest pause while a server is away: it is noticed soon after it is back, and nothing is sent to it meanwhile. */
const MAX_WAIT_STEP_MS = 10_000;

/**
 * Repeats a call until it succeeds or fails for good. The pause before the n-th repetition is random between 0 and
 * min(cap, base × 2ⁿ⁻¹) ("full jitter"), so that workers that failed together do not come back together.
 *
 * @param attempt  the call; throws {@link CallFailure}'s cause
 * @param classify sorts what `attempt` threw
 * @throws {KioskError} the final failure; `KC_MODEL_UNREACHABLE` if the server was away for `maxWaitMs`; as `aborted`
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  classify: (cause: unknown) => CallFailure,
  policy: RetryPolicy,
  { signal, onWait }: PredictOptions,
): Promise<T> {
  let retries = 0;
  let waits = 0;
  let awaySince: number | undefined;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (signal?.aborted) throw aborted(signal);
      const failure = classify(cause);
      if (failure.meaning === 'wait') {
        awaySince ??= Date.now();
        const waitedMs = Date.now() - awaySince;
        if (waitedMs >= policy.maxWaitMs) throw unreachable(policy, failure, waitedMs, cause);
        onWait?.(`${policy.target} does not answer (${failure.what})`, waitedMs);
        const step = jittered(policy.backoffMs, waits++, MAX_WAIT_STEP_MS);
        await pause(Math.min(step, policy.maxWaitMs - waitedMs), signal);
      } else {
        awaySince = undefined;
        if (failure.meaning === 'final' || (policy.maxRetries >= 1 && retries >= policy.maxRetries))
          throw failure.error;
        await pause(jittered(policy.backoffMs, retries++, MAX_BACKOFF_MS), signal);
      }
    }
  }
}

function jittered(baseMs: number, exponent: number, capMs: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** exponent);
}

function unreachable({ target }: RetryPolicy, { what }: CallFailure, waitedMs: number, cause: unknown): KioskError {
  const seconds = (waitedMs / 1000).toFixed(waitedMs < 10_000 ? 1 : 0);
  return new KioskError(
    'KC_MODEL_UNREACHABLE',
    `The model server ${target} could not be reached for ${seconds} s (${what}).`,
    { retry: 'wait', hint: 'start the model server, or set MODEL_SERVER (or TF_HOST and TF_PORT) to where it listens' },
    { cause },
  );
}
