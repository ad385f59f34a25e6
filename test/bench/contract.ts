import type { Spread } from './support/spread.js';

/** What a row is held to. `ratio` is the cost against the peer, `value` the row's own figure. */
export type Goal = { readonly of: 'ratio' | 'value' } & ({ readonly atMost: number } | { readonly atLeast: number });

/** One line of the table: one thing measured, with its peer where there is one. */
export interface Row {
  /** Says what was measured; no two rows of a benchmark have the same. */
  readonly name: string;
  readonly unit: string;
  readonly value: Spread;
  readonly peer?: { readonly name: string; readonly value: Spread };
  /** Our cost divided by the peer's, round by round: below 1 is better than the peer, whatever the unit. */
  readonly ratio?: Spread;
  readonly goal?: Goal;
  /** What a reader has to know beside the numbers. */
  readonly note?: string;
}

export interface BenchContext {
  /** An empty folder of this benchmark's own, removed afterwards. */
  readonly folder: string;
  /** Registers what has to be ended after the benchmark; last in, first out. */
  own<T>(resource: T, release: (resource: T) => unknown): T;
  /** Says on stderr what is being measured. */
  progress(text: string): void;
}

/** One named benchmark. It checks what it measures: a wrong result throws, and no figure is printed for it. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  run(context: BenchContext): Promise<Row[]>;
}
