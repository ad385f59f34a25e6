export interface ComputeOptions {
  /**
   * Buffers that move to the thread instead of being copied; unusable for the caller afterwards. Arrays that share a
   * buffer move together; it may be named more than once.
   */
  readonly transfer?: readonly ArrayBuffer[];
  /** Aborting stops the thread, whatever it does, and starts another. */
  readonly signal?: AbortSignal;
}

/**
 * A module for the thread pool: its default export takes the arguments and returns the result. Both cross a thread
 * boundary by structured clone; array buffers in the result are moved, not copied.
 */
export type Kernel<Args = unknown, Result = unknown> = (args: Args) => Result | Promise<Result>;

/** Runs numeric work in threads, so that the event loop stays free. */
export interface Compute {
  /**
   * Runs the default export of a module. The error that it throws is thrown here, code and facts included.
   * @throws {KioskError} `KC_ABORTED` if the signal was aborted
   */
  run<Result = unknown>(module: URL, args: unknown, options?: ComputeOptions): Promise<Result>;
  readonly threads: number;
  close(): Promise<void>;
}
