import type { WaitOptions } from './contract.js';

/** Where callers wait for a job of a queue, each with its own bound and signal. Waking is never an error. */
export class WaitingRoom {
  readonly #waiters = new Map<string, Set<() => void>>();

  /** Resolves when the queue is waked, the time is up, or the signal is aborted. */
  wait(queue: string, { timeoutMs, signal }: WaitOptions): Promise<void> {
    if (signal.aborted || timeoutMs <= 0) return Promise.resolve();
    const waiters = this.#waiters.get(queue) ?? new Set();
    this.#waiters.set(queue, waiters);
    return new Promise((resolve) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        waiters.delete(leave);
        if (waiters.size === 0 && this.#waiters.get(queue) === waiters) this.#waiters.delete(queue);
        resolve();
      };
      const timer = setTimeout(leave, timeoutMs);
      signal.addEventListener('abort', leave, { once: true });
      waiters.add(leave);
    });
  }

  /** The queues for which somebody waits. */
  get queues(): string[] {
    return [...this.#waiters.keys()];
  }

  has(queue: string): boolean {
    return this.#waiters.has(queue);
  }

  wake(queue: string): void {
    for (const leave of this.#waiters.get(queue) ?? []) leave();
  }

  wakeAll(): void {
    for (const queue of this.queues) this.wake(queue);
  }
}
