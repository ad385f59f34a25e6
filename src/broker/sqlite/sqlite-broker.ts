import { abandonedFields, receiptMs, refuseFinalStatus } from '../claim-rules.js';
import type {
  Broker,
  Cancelled,
  Child,
  ChildJob,
  Claim,
  ClaimOptions,
  ClaimRecord,
  DeadJob,
  FinalStatus,
  JobFields,
  JobState,
  QueueState,
  RecoverOptions,
  Recovery,
  Retried,
  SettleHow,
  WaitOptions,
} from '../contract.js';
import { processingList, queueName } from '../names.js';
import type { BrokerSettings } from '../options.js';
import {
  addChildren,
  awaitChildren,
  countChild,
  expireChildren,
  listChildren,
  lookAfterParents,
  pendingChildren,
} from './children.js';
import {
  fencedWrite,
  forget,
  grantAfterOutage,
  pushKey,
  readFields,
  recoverExpired,
  release,
  remember,
  takeOldest,
  wasEnded,
} from './claims.js';
import type { Database } from './database.js';
import { ChangeWatch } from './change-watch.js';
import { cancelJob, deadJobs, retryJob, setAside } from './operate.js';
import { inspectJob, queueStates } from './queries.js';

/**
 * The embedded broker: one file, any number of processes of one machine. Time is the machine's clock. A process
 * killed at any instruction leaves whole transactions only.
 *
 * Limits: a local disk (a network drive lacks the locks); a process stopped within one of its transactions, which
 * take well below a millisecond, holds up the others until it goes on or dies.
 */
export class SqliteBroker implements Broker {
  readonly address: string;
  readonly #watch: ChangeWatch;
  readonly #receiptMs: number;

  constructor(
    private readonly db: Database,
    settings: BrokerSettings,
  ) {
    this.address = `sqlite:${db.file}`;
    this.#watch = new ChangeWatch(db);
    this.#receiptMs = receiptMs(settings.maxWaitMs);
  }

  async enqueue(queue: string, key: string, fields: JobFields): Promise<void> {
    const name = queueName(queue);
    await this.db.write(() => {
      this.db.run('DELETE FROM hashes WHERE key = ? AND expires_at <= ?', key, Date.now());
      const made = this.db.run('INSERT OR IGNORE INTO hashes (key, fields) VALUES (?, ?)', key, JSON.stringify(fields));
      if (made > 0) pushKey(this.db, name, key);
    });
    this.#watch.look();
  }

  async claim(queue: string, options: ClaimOptions): Promise<Claim | undefined> {
    const name = queueName(queue);
    processingList(name, options.worker.name);
    if (!(await this.db.read(() => this.#watch.isWaiting(name)))) return undefined;
    return this.db.write(() => takeOldest(this.db, name, options));
  }

  waitForJob(queue: string, options: WaitOptions): Promise<void> {
    return this.#watch.wait(queueName(queue), options);
  }

  renew(claim: Claim, options: ClaimOptions, record?: ClaimRecord): Promise<boolean> {
    return this.db.write(() => fencedWrite(this.db, claim, options, {}, record));
  }

  async update(claim: Claim, options: ClaimOptions, fields: JobFields, record?: ClaimRecord): Promise<boolean> {
    refuseFinalStatus(fields);
    return this.db.write(() => fencedWrite(this.db, claim, options, fields, record));
  }

  async settle(
    claim: Claim,
    options: ClaimOptions,
    fields: JobFields & { status: FinalStatus },
    how: SettleHow = {},
  ): Promise<boolean> {
    const settled = await this.db.write(() => {
      if (!fencedWrite(this.db, claim, options, fields)) return wasEnded(this.db, claim, 'settle');
      const { key } = claim;
      if (how.childrenExpireSeconds !== undefined) expireChildren(this.db, key, how.childrenExpireSeconds);
      const abandoned = pendingChildren(this.db, key);
      if (how.setAside === true) setAside(this.db, claim);
      else forget(this.db, claim.key);
      countChild(this.db, key, fields.status);
      for (const child of abandoned) cancelJob(this.db, child, options.worker.name, abandonedFields());
      remember(this.db, claim, 'settle', Date.now() + this.#receiptMs);
      return true;
    });
    this.#watch.look();
    return settled;
  }

  async giveBack(claim: Claim, options: ClaimOptions, how: { readonly keepAttempt?: boolean } = {}): Promise<boolean> {
    const given = await this.db.write(() => {
      if (!fencedWrite(this.db, claim, options, {})) return wasEnded(this.db, claim, 'give-back');
      release(this.db, claim.key);
      // Its worker has removed what it uploaded.
      const uncounted = how.keepAttempt === true ? 1 : 0;
      this.db.run('UPDATE jobs SET attempts = attempts - ?, uploads = NULL WHERE key = ?', uncounted, claim.key);
      remember(this.db, claim, 'give-back', Date.now() + this.#receiptMs);
      pushKey(this.db, queueName(claim.queue), claim.key);
      return true;
    });
    this.#watch.look();
    return given;
  }

  async addChildren(
    claim: Claim,
    options: ClaimOptions,
    children: readonly ChildJob[],
    record: ClaimRecord = {},
  ): Promise<boolean> {
    const added = await this.db.write(() => addChildren(this.db, claim, options, children, record));
    this.#watch.look();
    return added;
  }

  async awaitChildren(claim: Claim, options: ClaimOptions, fields: JobFields): Promise<boolean> {
    refuseFinalStatus(fields);
    const until = Date.now() + this.#receiptMs;
    const waits = await this.db.write(
      () => awaitChildren(this.db, claim, options, fields, until) || wasEnded(this.db, claim, 'await-children'),
    );
    this.#watch.look();
    return waits;
  }

  listChildren(key: string, names: readonly string[], from: number, count: number): Promise<Child[]> {
    return this.db.read(() => listChildren(this.db, key, names, from, count));
  }

  /** No program but ours writes this file, so there are no foreign jobs. Also clears away what has expired. */
  async recover(queue: string, { outage }: RecoverOptions): Promise<Recovery> {
    const name = queueName(queue);
    const recovery = await this.db.write(() => {
      const now = Date.now();
      this.db.run('DELETE FROM hashes WHERE expires_at <= ?', now);
      this.db.run('DELETE FROM ended WHERE until <= ?', now);
      lookAfterParents(this.db, name);
      const isGranted = outage !== undefined && grantAfterOutage(this.db, name, outage);
      const count = isGranted ? 0 : recoverExpired(this.db, name);
      const next = this.db.all('SELECT min(lease_until) AS at FROM jobs WHERE queue = ? AND token IS NOT NULL', name);
      const at = next[0]?.['at'];
      return { count, nextInMs: typeof at === 'number' ? Math.max(0, at - now) : undefined };
    });
    this.#watch.look();
    return recovery;
  }

  async cancel(key: string, by: string, fields: JobFields & { status: 'failed' }): Promise<Cancelled> {
    const cancelled = await this.db.write(() => cancelJob(this.db, key, by, fields));
    this.#watch.look(); // a parent may have been waiting for it
    return cancelled;
  }

  async retry(key: string, by: string, queue?: string): Promise<Retried> {
    const target = queue === undefined ? undefined : queueName(queue);
    const retried = await this.db.write(() => retryJob(this.db, key, by, target));
    this.#watch.look();
    return retried;
  }

  dead(): Promise<DeadJob[]> {
    return this.db.write(() => deadJobs(this.db));
  }

  read(key: string): Promise<JobFields | undefined> {
    return this.db.read(() => readFields(this.db, key));
  }

  inspect(key: string): Promise<JobState | undefined> {
    return this.db.read(() => inspectJob(this.db, key));
  }

  async queues(names?: readonly string[]): Promise<QueueState[]> {
    const asked = names?.map(queueName);
    return this.db.read(() => queueStates(this.db, asked));
  }

  async readCache(key: string): Promise<string | undefined> {
    return (await this.read(key))?.['metadata'];
  }

  async writeCache(key: string, value: string, ttlSeconds: number): Promise<void> {
    await this.db.write(() =>
      this.db.run(
        'INSERT OR REPLACE INTO hashes (key, fields, expires_at) VALUES (?, ?, ?)',
        key,
        JSON.stringify({ metadata: value }),
        Date.now() + ttlSeconds * 1000,
      ),
    );
  }

  expire(key: string, seconds: number): Promise<boolean> {
    const now = Date.now();
    return this.db.write(
      () =>
        this.db.run(
          'UPDATE hashes SET expires_at = ? WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)',
          now + seconds * 1000,
          key,
          now,
        ) > 0,
    );
  }

  async ping(): Promise<void> {
    await this.db.read(() => this.db.all('SELECT 1 FROM hashes LIMIT 1'));
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.db.close();
  }
}
