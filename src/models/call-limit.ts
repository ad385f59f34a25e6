/**
 * What a call to a server came to, for those that follow.
 *
 * - `answered`   the server is there, even if it refused the call
 * - `away`       there was no server
 * - `overloaded` it had no room for the call, or no time
 * - `stopped`    we gave the call up: that tells nothing
 */
export type CallOutcome = 'answered' | 'away' | 'overloaded' | 'stopped';

/** Most calls at the same time to a server that answers them all; more than a worker's jobs ask at once as a rule. */
const CEILING = 32;

/** The limit rises by one when so many full sets of calls have succeeded. Each call too many costs somebody a retry. */
const SETS_TO_RISE = 4;

/**
 * How many calls a server is given at the same time, found by trial: more while calls succeed and the limit is used up,
 * half when the server is overloaded or away. All clients of a server that do so come to equal shares of it.
 *
 * It starts at the ceiling: a healthy server is never kept waiting for.
 */
export class CallLimit {
  #limit: number = CEILING;
  #round = 0;

  /** Whole calls, at least 1. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /** Grows with each lowering. Only calls that began in the current round count: one overload fails many at once. */
  get round(): number {
    return this.#round;
  }

  /**
   * Learns from a call that has ended.
   * @param round   in which it began
   * @param running calls under way at its end, itself included
   * @returns whether the limit was lowered
   */
  learn(outcome: CallOutcome, round: number, running: number): boolean {
    if (round !== this.#round || outcome === 'stopped') return false;
    const before = this.current;
    if (outcome === 'answered') {
      if (running >= before) this.#limit = Math.min(CEILING, this.#limit + 1 / (SETS_TO_RISE * this.#limit));
      return false;
    }
    this.#limit = Math.max(1, Math.min(this.#limit, running) / 2);
    this.#round++;
    return this.current < before;
  }
}
