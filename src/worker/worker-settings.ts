/** How a worker claims, waits, tries again and stops; all present, units in the names. */
export interface WorkerSettings {
  /** A claim holds this long unless renewed. Default 5 s. */
  readonly leaseMs: number;
  /** How often a claim is renewed and `updated_at` touched; well below the janitor's 15 s. */
  readonly renewEveryMs: number;
  /** How often jobs of silent workers are looked for (`INTERVAL`). */
  readonly sweepEveryMs: number;
  /** Upper bound of one blocking wait on an empty queue (`EMPTY_QUEUE_TIMEOUT`). */
  readonly emptyQueueTimeoutMs: number;
  /** Jobs of other programs are adopted after this much silence of their `updated_at`. Default 15 min. */
  readonly foreignSilenceMs: number;
  /** A job without progress for this long is aborted. Default 5 min. */
  readonly deadlineMs: number;
  /** Tries of one job in this worker, the first included, before a failure that may be retried becomes final. */
  readonly maxAttempts: number;
  /** A job whose worker has died so often is set aside. Default 3. */
  readonly maxDeaths: number;
  /** Base of the pause between attempts. */
  readonly retryBackoffMs: number;
  /** After SIGTERM, how long jobs in hand may take before they are given back. Default 25 s. */
  readonly drainTimeoutMs: number;
  /** How long the hashes of a job's children stay after it has ended (`EXPIRE_TIME`). */
  readonly childrenExpireSeconds: number;
  /** How long a service that is away is waited for (`maxWait`). Default 10 min; `run`: 30 s. */
  readonly maxWaitMs: number;
}
