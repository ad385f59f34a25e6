/** The fields of a job hash. All values are strings, as in Redis. */
export type JobFields = Record<string, string>;

/** Final status words. No others are final, and the runtime invents no further ones. */
export const FINAL_STATUSES = ['done', 'failed'] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];

export function isFinal(status: string | undefined): status is FinalStatus {
  return status === 'done' || status === 'failed';
}

/** Who works: `name` is what the wire shows (the pod's name, no `:`), `id` is unique to this process. */
export interface WorkerIdentity {
  readonly name: string;
  readonly id: string;
}

/** A job taken by one worker. The token fences: a write with an older token is refused. */
export interface Claim {
  readonly queue: string;
  /** Name of the job hash; never parsed. */
  readonly key: string;
  readonly token: string;
  /** 1 for the first time that a worker takes this job. */
  readonly attempt: number;
  /** The hash as it was when taken. */
  readonly fields: Readonly<JobFields>;
  /** The workers that died, or fell silent, while they held the job: the last few, oldest first. */
  readonly deaths: readonly Death[];
  /** Keys of objects that earlier tries may have left in the bucket. */
  readonly leftovers: readonly string[];
  /** How the job's children stand; undefined if it has none. */
  readonly children: ChildCounts | undefined;
}

/** A job that another one needs, and waits for. */
export interface ChildJob {
  readonly queue: string;
  readonly key: string;
  /** Undefined: somebody has made it already. */
  readonly fields?: JobFields;
}

/** How many children a job has, and how those ended that have; `gone`: their hash vanished before anybody saw them end. */
export interface ChildCounts {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly gone: number;
}

/** A child as its job finds it. */
export interface Child {
  readonly key: string;
  /** The fields asked for, as far as there are such; undefined if the hash is gone. */
  readonly fields: JobFields | undefined;
}

/** What a worker says of a job in hand beside the hash; found again as evidence if it dies. */
export interface ClaimNote {
  readonly stage: string;
  /** Resident memory of the process. */
  readonly memoryMB: number;
  /** How it ended, where the process could still tell. */
  readonly end?: string;
}

/** A claim whose lease ran out. */
export interface Death {
  /** By the broker's clock, in ms since 1970. */
  readonly at: number;
  readonly worker: string;
  readonly attempt: number;
  /** The worker's last note; undefined if it died before the first. */
  readonly note: ClaimNote | undefined;
}

/** What a write of a claim may carry beside fields of the hash. */
export interface ClaimRecord {
  readonly note?: ClaimNote;
  /** Keys of objects that this try may make; replaces those named before. */
  readonly uploads?: readonly string[];
}

export interface RecoverOptions {
  /** Jobs of other programs are put back after this much silence of their `updated_at`. */
  readonly foreignSilenceMs: number;
  /**
   * If nobody has asked for `afterMs`, the broker was away, or the machine asleep, and workers could not renew their leases:
   * they get `graceMs` more. Default: no such question.
   */
  readonly outage?: { readonly afterMs: number; readonly graceMs: number };
}

/** What {@link Broker.recover} did. */
export interface Recovery {
  /** Jobs that were put back. */
  readonly count: number;
  /** When the next lease of the queue runs out, unless it is renewed; undefined if nobody holds a job. */
  readonly nextInMs: number | undefined;
}

/** What became of a job that was to be cancelled: it waited, somebody worked on it, it had ended, or there is none. */
export type Cancelled =
  { readonly was: 'waiting' | 'final' | 'missing' } | { readonly was: 'running'; readonly worker: string };

/** What became of a job that was to be retried; `unknown-queue`: nobody knows where it belongs, name its queue. */
export type Retried =
  | { readonly outcome: 'queued'; readonly queue: string }
  | { readonly outcome: 'missing' | 'not-failed' | 'unknown-queue' };

/** A job that was set aside: failed, but not for good. */
export interface DeadJob {
  readonly key: string;
  readonly queue: string;
  /** Since when, in ms since 1970. */
  readonly since: number;
  readonly fields: JobFields;
  readonly deaths: readonly Death[];
}

export interface SettleHow {
  /** The job, which failed, is also kept among the dead ones, from where `retry` takes it. */
  readonly setAside?: boolean;
  /** The hashes of the job's children vanish after this time. */
  readonly childrenExpireSeconds?: number;
}

export interface ClaimOptions {
  readonly worker: WorkerIdentity;
  /** The claim holds this long by the broker's clock unless renewed. */
  readonly leaseMs: number;
}

/** State of one queue, for `inspect`. */
export interface QueueState {
  readonly queue: string;
  readonly waiting: number;
  readonly inFlight: number;
  /** Age of the oldest waiting job in ms, by its `created_at`; undefined if unknown or the queue is empty. */
  readonly oldestMs: number | undefined;
}

/** What the broker knows of a job beside its hash. */
export interface JobState {
  readonly key: string;
  readonly fields: JobFields;
  /** Undefined: the job has never been claimed by a worker of ours. */
  readonly attempts: number | undefined;
  /** Held by a worker now: its name, and the time that the lease still has. */
  readonly lease: { readonly worker: string; readonly queue: string; readonly remainingMs: number } | undefined;
  /** The holder's last note. */
  readonly note: ClaimNote | undefined;
  readonly deaths: readonly Death[];
  readonly setAside: boolean;
  /** How the job's children stand; undefined if it has none. */
  readonly children: ChildCounts | undefined;
}

export interface WaitOptions {
  /** Upper bound of the wait. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Queues and job hashes. What other Kiosk components can see (lists, hashes, fields, time stamps) is the wire
 * contract; everything else a driver keeps lives under `kiosk:`.
 *
 * Every write of a claim is fenced by its token and answers whether it was taken: `false` means that the claim is
 * no longer this worker's, and nothing was written. Every write stamps `updated_at` and `updated_by`. A hash that
 * has expired is never created again. All methods are safe to repeat.
 *
 * Failures: `KC_BROKER_UNREACHABLE` (retry `wait`) after the driver's own bounded reconnecting,
 * `KC_BROKER_REFUSED` for an error that the broker answers, `KC_ABORTED` for a call that `close` cuts off.
 */
export interface Broker {
  /** The address with secrets masked, for messages. */
  readonly address: string;

  /**
   * Makes the hash with `fields` and pushes its name to the queue, both or neither. A hash that is there already is
   * left as it is and not pushed again: a job is neither reset nor queued twice.
   */
  enqueue(queue: string, key: string, fields: JobFields): Promise<void>;

  /**
   * Takes the oldest job of the queue: moves it to the worker's processing list, counts the attempt, leases it.
   * Entries whose hash is missing are dropped and create nothing; entries already final are dropped.
   * @returns undefined if nothing waits
   */
  claim(queue: string, options: ClaimOptions): Promise<Claim | undefined>;

  /** Returns when a job may be waiting, or the time is up, or the signal is aborted (it does not throw then). */
  waitForJob(queue: string, options: WaitOptions): Promise<void>;

  /** Extends the lease and stamps the hash. Called every second or so for each claim in hand. */
  renew(claim: Claim, options: ClaimOptions, record?: ClaimRecord): Promise<boolean>;

  /** Writes fields in between (`status`, timings, `progress` …) and extends the lease. A final status is refused. */
  update(claim: Claim, options: ClaimOptions, fields: JobFields, record?: ClaimRecord): Promise<boolean>;

  /**
   * Ends the job: result fields and final `status` in one write, out of the processing list, lease and counters
   * removed, counted for the job that waits for it. One atomic step. Children that have not ended are cancelled. Sent again after it succeeded, it answers true again and writes nothing; so does
   * `giveBack`. A hash to which somebody else gave a final status is not written: false.
   */
  settle(
    claim: Claim,
    options: ClaimOptions,
    fields: JobFields & { status: FinalStatus },
    how?: SettleHow,
  ): Promise<boolean>;

  /** Puts the job back to the end of its queue and ends the claim. With `keepAttempt` the attempt is not counted. */
  giveBack(claim: Claim, options: ClaimOptions, how?: { readonly keepAttempt?: boolean }): Promise<boolean>;

  /**
   * Makes children of the job, some hundreds at a time at most: each as by `enqueue`, and the job's to wait for. One that the job
   * has already is left as it is; one that had ended as failed before it became a child is made new.
   */
  addChildren(
    claim: Claim,
    options: ClaimOptions,
    children: readonly ChildJob[],
    record?: ClaimRecord,
  ): Promise<boolean>;

  /**
   * Writes the fields and ends the claim, but not the job: it waits in its processing list, in nobody's hand and its attempt not
   * counted, with `updated_at` touched and `progress` written by whoever calls `recover`. When each of its children has ended,
   * whoever ended it, or is gone, the job goes to the front of its queue.
   */
  awaitChildren(claim: Claim, options: ClaimOptions, fields: JobFields): Promise<boolean>;

  /** The children of a job in the order in which they were made, with these fields of each. */
  listChildren(key: string, names: readonly string[], from: number, count: number): Promise<Child[]>;

  /**
   * Puts jobs whose worker has gone silent back to the queue: our own whose lease has run out by the broker's clock, to its
   * front, since they have waited longest; and jobs of other programs in `processing-<queue>:*`, to its end. A lease that ran
   * out is kept as a death of the job. Any worker may call it at any time.
   */
  recover(queue: string, options: RecoverOptions): Promise<Recovery>;

  /**
   * Ends a job as failed, whoever holds it, in one step: fields and stamps written, off the processing list, its claim void.
   * The holder's next write is refused. A waiting job's name may stay in its queue; whoever takes it drops it. Its children
   * are cancelled, too.
   */
  cancel(key: string, by: string, fields: JobFields & { status: 'failed' }): Promise<Cancelled>;

  /**
   * Makes a failed job new: what its consumer wrote is removed, what its submitter wrote stays; attempts and deaths start
   * again; a time to live ends; pushed to the queue in which it was, if that is known, else to `queue`.
   */
  retry(key: string, by: string, queue?: string): Promise<Retried>;

  /** The jobs set aside, newest first, at most some thousands. */
  dead(): Promise<DeadJob[]>;

  /** The fields of a hash; undefined if there is none. Reads the primary, never a replica. */
  read(key: string): Promise<JobFields | undefined>;

  inspect(key: string): Promise<JobState | undefined>;

  /** The state of the queues named, or of all that exist. */
  queues(names?: readonly string[]): Promise<QueueState[]>;

  /** A small shared cache, wire contract §8: hash `key`, field `metadata`; gone after `ttlSeconds`. */
  readCache(key: string): Promise<string | undefined>;
  writeCache(key: string, value: string, ttlSeconds: number): Promise<void>;

  /** Lets a hash vanish after a time. False if there is none. */
  expire(key: string, seconds: number): Promise<boolean>;

  /** Whether the broker answers now. @throws {KioskError} with the cause if it does not */
  ping(): Promise<void>;

  close(): Promise<void>;
}
