import type { Kiosk, KioskOptions } from './kiosk.js';

/** One kind of trouble, and how it is made. */
export interface Scenario {
  /** As on the command line. */
  readonly name: string;
  /** What goes wrong, for the table. */
  readonly fault: string;
  /** Parts of the short form, which runs with the tests. */
  readonly short?: boolean;
  readonly jobs: number;
  readonly kiosk: Omit<KioskOptions, 'folder' | 'random'>;
  /** Makes the trouble while the jobs are worked on, until `signal` is aborted: every job has ended, or time is up. */
  trouble(kiosk: Kiosk, tools: TroubleTools): Promise<void>;
  /** Jobs that shall end as `failed`, by name; all others shall be done. */
  readonly mayFail?: (job: string) => boolean;
  /** Within which all jobs have to end. */
  readonly timeoutSeconds: number;
}

export interface TroubleTools {
  readonly signal: AbortSignal;
  /** From 0 to below 1, from the seed of the run. */
  readonly random: () => number;
  /** Waits; returns early when the signal is aborted. */
  pause(ms: number): Promise<void>;
}

/** What the oracle counted, and what was done to the workers. */
export interface Row {
  readonly fault: string;
  readonly jobs: number;
  /** Accepted, and neither done nor failed, nor to be found anywhere. */
  readonly lost: number;
  /** Still somewhere in a list, a lease or a status that is not final, when time was up. */
  readonly stuck: number;
  /** Jobs with more than one result in the bucket. */
  readonly publishedTwice: number;
  /** Jobs that failed and should not, or the other way round. */
  readonly wrongEnd: number;
  /** Results that are not whole, parts of results, temporary files and records that stayed behind. */
  readonly leftOver: number;
  /** Claims beyond one for each job. */
  readonly reRun: number;
  /** As many re-runs as the trouble accounts for. */
  readonly reRunBound: number;
  /** From the trouble until the work that it held up went on, each time. */
  readonly recoverSeconds: readonly number[];
  readonly seconds: number;
  /** What the oracle found wrong, in words. */
  readonly remarks: readonly string[];
}
