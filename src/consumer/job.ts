import type { JobFields } from '../broker/contract.js';

/** One request: a hash in the broker, taken by this worker. */
export interface Job {
  /** Name of the hash. Never parse it: file names inside may hold `:` and `/`. */
  readonly key: string;
  /** What the hash held when the job was taken. */
  readonly fields: Readonly<JobFields>;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the job is cancelled, lost to another worker, or out of time; its reason is a `KioskError`. */
  readonly signal: AbortSignal;
}

/** A field's text without surrounding blanks; undefined if the field is absent or empty: the Kiosk treats both alike. */
export function field(job: Job, name: string): string | undefined {
  const value = job.fields[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
