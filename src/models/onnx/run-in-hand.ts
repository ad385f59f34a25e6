/**
 * Tells another thread whether a native run is in hand. A process that ends while one runs does not end: it crashes,
 * because the runtime cannot be told to stop. Whoever ends the process waits here first.
 */
export class RunInHand {
  private readonly flag: Int32Array;

  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.flag = new Int32Array(shared);
  }

  begin(): void {
    Atomics.store(this.flag, 0, 1);
  }

  end(): void {
    Atomics.store(this.flag, 0, 0);
    Atomics.notify(this.flag, 0);
  }

  /** Blocks this thread until there is no run in hand, or for so long. */
  waitForEnd(timeoutMs: number): void {
    Atomics.wait(this.flag, 0, 1, timeoutMs);
  }
}
