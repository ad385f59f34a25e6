import { KioskError } from '../../errors/kiosk-error.js';
import { aborted, pause } from '../abort.js';
import type { CallGate } from '../call-gate.js';
import type { CallOutcome } from '../call-limit.js';
import { LONGEST_PAUSE_MS } from '../circuit-breaker.js';
import type { PredictOptions } from '../contract.js';
import type { CallFailure } from './call-failure.js';

export interface RetryPolicy {
  /** Base of the exponential back-off. */
  readonly backoffMs: number;
  /** Retries after the first attempt; below 1: without bound. */
  readonly maxRetries: number;
  /** How long a server that is away, or a turn, is waited for. */
  readonly maxWaitMs: number;
  readonly target: string;
}

/** Longest pause before an overloaded server is asked again. */
const MAX_BACKOFF_MS = 60_000;

/** What a failure says of the server to the calls that follow. */
const OUTCOMES: Readonly<Record<CallFailure['meaning'], CallOutcome>> = {
  wait: 'away',
  retry: 'overloaded',
  final: 'answered',
};

/**
 * Repeats a call until it succeeds or fails for good. Each attempt waits for its turn at `gate`. The pause before the
 * n-th repetition is random between 0 and min(cap, base × 2ⁿ⁻¹) ("full jitter"), so that workers that failed together do
 * not come back together. Waiting, for a server that is away or for a turn, uses up no attempt; it is told and bounded.
 *
 * @param attempt  the call; throws {@link CallFailure}'s cause
 * @param classify sorts what `attempt` threw
 * @throws {KioskError} the final failure; `KC_MODEL_UNREACHABLE` if the server was away for `maxWaitMs`; as `aborted`
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  classify: (cause: unknown) => CallFailure,
  policy: RetryPolicy,
  gate: CallGate,
  { signal, onWait }: PredictOptions,
): Promise<T> {
  const away = new Away(policy.maxWaitMs);
  const tell = (reason: string): void => {
    const waitedMs = away.waitedMs();
    onWait?.(reason, waitedMs);
  };
  let retries = 0;
  let waits = 0;
  for (;;) {
    const turn = await gate.enter({ signal, waitMs: away.leftMs(), onWait: tell });
    if (!turn) throw unreachable(policy.target, gate.lastFailure, away.waitedMs());
    try {
      const answer = await attempt();
      turn.end('answered');
      return answer;
    } catch (cause) {
      if (signal?.aborted) {
        turn.end('stopped');
        throw aborted(signal);
      }
      const failure = classify(cause);
      turn.end(OUTCOMES[failure.meaning], failure.what);
      if (failure.meaning === 'wait') {
        tell(`${policy.target} does not answer (${failure.what})`);
        if (away.leftMs() <= 0) throw unreachable(policy.target, failure.what, away.waitedMs(), cause);
        // From here on the gate makes the pauses.
        if (gate.isOpen) continue;
        await pause(Math.min(jittered(policy.backoffMs, waits++, LONGEST_PAUSE_MS), away.leftMs()), signal);
      } else {
        away.ended();
        if (failure.meaning === 'final' || (policy.maxRetries >= 1 && retries >= policy.maxRetries))
          throw failure.error;
        await pause(jittered(policy.backoffMs, retries++, MAX_BACKOFF_MS), signal);
      }
    }
  }
}

/** Since when one call has been waiting, and how long it still may. */
class Away {
  #since: number | undefined;

  constructor(private readonly maxWaitMs: number) {}

  /** Begins to count with its first call. */
  waitedMs(): number {
    this.#since ??= performance.now();
    return performance.now() - this.#since;
  }

  leftMs(): number {
    return this.#since === undefined ? this.maxWaitMs : this.maxWaitMs - this.waitedMs();
  }

  ended(): void {
    this.#since = undefined;
  }
}

function jittered(baseMs: number, exponent: number, capMs: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** exponent);
}

function unreachable(target: string, what: string, waitedMs: number, cause?: unknown): KioskError {
  const seconds = (waitedMs / 1000).toFixed(waitedMs < 10_000 ? 1 : 0);
  return new KioskError(
    'KC_MODEL_UNREACHABLE',
    `The model server ${target} could not be reached for ${seconds} s (${what}).`,
    { retry: 'wait', hint: 'start the model server, or set MODEL_SERVER (or TF_HOST and TF_PORT) to where it listens' },
    { cause },
  );
}
