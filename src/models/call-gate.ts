import { aborted } from './abort.js';
import { CallLimit, type CallOutcome } from './call-limit.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { ModelsEvent } from './contract.js';

/** Leave to make one call; `end` must follow, once. */
export interface Turn {
  /** @param what the failure in one clause, for log and errors */
  end(outcome: CallOutcome, what?: string): void;
}

export interface TurnRequest {
  readonly signal: AbortSignal | undefined;
  /** How long to wait at most. */
  readonly waitMs: number;
  /** Told in one sentence what is waited for, at the beginning and whenever somebody else's call has ended. */
  readonly onWait: (reason: string) => void;
}

interface Waiter {
  begin(turn: Turn): void;
  readonly onWait: (reason: string) => void;
}

/** `setTimeout` takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The one way to a server, for all calls of a process: first come, first served, as many at a time as {@link CallLimit}
 * allows, and one by one with pauses while the {@link CircuitBreaker} is open. It knows nothing of what the calls are.
 */
export class CallGate {
  readonly #limit = new CallLimit();
  readonly #breaker: CircuitBreaker;
  readonly #queue: Waiter[] = [];
  #running = 0;
  #probing = false;
  #probeTimer: NodeJS.Timeout | undefined;
  #lastFailure = 'no call has ended yet';

  /** @param server its address, for what is told */
  constructor(
    private readonly server: string,
    backoffMs: number,
    private readonly onEvent: (event: ModelsEvent) => void = () => undefined,
  ) {
    this.#breaker = new CircuitBreaker(backoffMs);
  }

  /** Nothing but probes is sent. */
  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** The last failure that meant that the server is away or overloaded. */
  get lastFailure(): string {
    return this.#lastFailure;
  }

  /**
   * Waits for a turn. @returns undefined if it did not come within `waitMs`
   * @throws {KioskError} as `aborted` if the signal is aborted first
   */
  async enter({ signal, waitMs, onWait }: TurnRequest): Promise<Turn | undefined> {
    if (signal?.aborted) throw aborted(signal);
    if (this.#queue.length === 0 && this.#mayStart()) return this.#start();
    onWait(this.#reason());
    return await new Promise<Turn | undefined>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const leave = (): void => {
        settle();
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
      };
      const abort = (): void => (leave(), reject(aborted(signal)));
      const timer = setTimeout(() => (leave(), resolve(undefined)), Math.min(waitMs, LONGEST_TIMER_MS));
      const waiter: Waiter = { begin: (turn) => (settle(), resolve(turn)), onWait };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(waiter);
      this.#admit();
    });
  }

  #mayStart(): boolean {
    if (!this.#breaker.isOpen) return this.#running < this.#limit.current;
    return !this.#probing && this.#breaker.msToProbe <= 0;
  }

  #start(): Turn {
    const isProbe = this.#breaker.isOpen;
    const { round } = this.#limit;
    this.#running++;
    if (isProbe) this.#probing = true;
    return {
      end: (outcome, what) => {
        if (isProbe) this.#probing = false;
        if (what !== undefined && (outcome === 'away' || outcome === 'overloaded')) this.#lastFailure = what;
        // A probe is alone: that it fails does not say that fewer calls would be answered.
        if (!isProbe && this.#limit.learn(outcome, round, this.#running)) this.#tellLimit();
        this.#running--;
        this.#tellBreaker(outcome, isProbe);
        this.#admit();
        for (const { onWait } of this.#queue) onWait(this.#reason());
      },
    };
  }

  /** Lets in who may go now, and comes back when the next probe is due. */
  #admit(): void {
    while (this.#queue.length > 0 && this.#mayStart()) this.#queue.shift()!.begin(this.#start());
    clearTimeout(this.#probeTimer);
    if (this.#queue.length === 0 || !this.#breaker.isOpen || this.#probing) return;
    this.#probeTimer = setTimeout(() => this.#admit(), Math.ceil(this.#breaker.msToProbe));
  }

  #tellBreaker(outcome: CallOutcome, isProbe: boolean): void {
    if (outcome === 'stopped') return;
    const { server } = this;
    if (outcome !== 'answered') {
      if (!this.#breaker.failed(isProbe)) return;
      const message = `the model server ${server} does not answer (${this.#lastFailure}); one call at a time tries it`;
      this.onEvent({ kind: 'lost', address: server, message });
      return;
    }
    const awayMs = this.#breaker.answered();
    if (awayMs === undefined) return;
    const message = `the model server ${server} answers again after ${(awayMs / 1000).toFixed(1)} s`;
    this.onEvent({ kind: 'back', address: server, message, awayMs });
  }

  #tellLimit(): void {
    const message = `the model server ${this.server} is given ${this.#calls()} at a time (${this.#lastFailure})`;
    this.onEvent({ kind: 'limited', address: this.server, message });
  }

  #reason(): string {
    if (this.#breaker.isOpen) return `${this.server} does not answer (${this.#lastFailure})`;
    return `${this.server} is given ${this.#calls()} at a time`;
  }

  #calls(): string {
    const { current } = this.#limit;
    return current === 1 ? '1 call' : `${current} calls`;
  }
}
