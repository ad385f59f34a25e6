import type { Broker, ChildCounts, FinalStatus, JobFields } from '../../../src/broker/contract.js';

/** The queue of all runs. */
export const QUEUE = 'q';

/** A driver, with what the test needs beside the contract: to start anew, to let time pass, to look past the driver. */
export interface Subject {
  readonly name: string;
  /** How far the driver's clock may have run ahead of the model's within one run. */
  readonly driftMs: number;
  /** Forgets everything, and gives a broker that has nothing in it. */
  start(): Promise<Broker>;
  /** Lets that much time pass for the broker, without waiting for it. */
  pass(ms: number): Promise<void>;
  /** Everything that is kept, of these jobs and otherwise. */
  look(keys: readonly string[]): Promise<Observation>;
  /** Undefined where no other program can reach the jobs. */
  readonly others: OtherPrograms | undefined;
  /** Whether the name of a waiting job stays in its queue when the job is cancelled. */
  readonly leavesCancelled: boolean;
  close(): Promise<void>;
}

/** What other components of the Kiosk do to the same jobs. */
export interface OtherPrograms {
  /** An old consumer takes the oldest entry. */
  take(): Promise<string | undefined>;
  /** It ends a job, and takes it off its list unless it dies before. */
  end(key: string, status: FinalStatus, dies: boolean): Promise<void>;
  /** The janitor puts an entry back. */
  putBack(list: string, key: string): Promise<void>;
}

/** What is really there. */
export interface Observation {
  /** The time by the driver's clock. */
  readonly nowMs: number;
  /** Names in the queue, the oldest first; where the driver hides them, how many they are. */
  readonly queue: readonly string[] | number;
  /** Names in processing lists, by the name of the list; undefined where the driver hides them. */
  readonly lists: Readonly<Record<string, readonly string[]>> | undefined;
  /** The job hashes that there are. */
  readonly hashes: Readonly<Record<string, JobFields>>;
  /** What is known of jobs beside their hashes. */
  readonly records: Readonly<Record<string, JobRecord>>;
  /** Leases by the name of the job: the time that they still have; below zero once they have run out. */
  readonly leases: Readonly<Record<string, number>>;
  /** Whatever stands where nothing may stand, described for people. */
  readonly strangers: readonly string[];
  /** What is kept although no job is left that needs it, and never expires. */
  readonly lasting: readonly string[];
}

export interface JobRecord {
  readonly attempts: number;
  /** Names of workers that lost the job. */
  readonly deaths: readonly string[];
  /** Set aside. */
  readonly isDead: boolean;
  /** The processing list of the worker that holds the job; undefined if none does. */
  readonly list: string | undefined;
  /** The list in which the job stands while it waits for its children. */
  readonly parkedList: string | undefined;
  readonly children: ChildCounts | undefined;
}
