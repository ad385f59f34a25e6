/** So many failures in a row, whoever met them, and nothing but probes is sent. */
const FAILURES_TO_OPEN = 5;

/**
 * The pause between probes doubles from the first of these to the second. So about one request a second goes to a server
 * that is away, and one that is back is noticed within 1.5 s.
 */
const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 1500;

/** Below this a pause is none. */
const SHORTEST_PAUSE_MS = 1;

/**
 * Whether a server is worth asking. `closed`: calls go to it. `open`, after five failures in a row that mean that it is
 * away or overloaded: nothing is sent but single probes, with pauses between them, until something is answered.
 *
 * It only decides; waiting is the matter of `CallGate`.
 */
export class CircuitBreaker {
  #failures = 0;
  #openedAt: number | undefined;
  #pauseMs: number;
  #probeAt = 0;

  /** @param backoffMs shorter than the first pause, it is taken instead */
  constructor(private readonly backoffMs: number) {
    this.#pauseMs = this.#firstPauseMs();
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined;
  }

  /** How long until the next probe may go; 0 or less: now. */
  get msToProbe(): number {
    return this.#probeAt - performance.now();
  }

  /** A call was answered, be it by a refusal. @returns for how long the circuit had been open; undefined if it was closed */
  answered(): number | undefined {
    const openMs = this.#openedAt === undefined ? undefined : performance.now() - this.#openedAt;
    this.#failures = 0;
    this.#openedAt = undefined;
    return openMs;
  }

  /** A call failed. While the circuit is open only probes count. @returns whether that opened it */
  failed(isProbe: boolean): boolean {
    this.#failures++;
    if (this.isOpen) {
      if (isProbe) this.#pause(2 * this.#pauseMs);
      return false;
    }
    if (this.#failures < FAILURES_TO_OPEN) return false;
    this.#openedAt = performance.now();
    this.#pause(this.#firstPauseMs());
    return true;
  }

  /** Random between half and the whole, so that the workers of a server do not come back to it in step. */
  #pause(pauseMs: number): void {
    this.#pauseMs = Math.min(pauseMs, LONGEST_PAUSE_MS);
    this.#probeAt = performance.now() + this.#pauseMs * (0.5 + Math.random() / 2);
  }

  #firstPauseMs(): number {
    return Math.max(SHORTEST_PAUSE_MS, Math.min(FIRST_PAUSE_MS, this.backoffMs));
  }
}
