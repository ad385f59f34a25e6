import {
  abandonedFields,
  type ClaimEnd,
  DEATHS_KEPT,
  LOOK_AT_CHILDREN_MS,
  progressOf,
  receiptMs,
  refuseFinalStatus,
  renewedFields,
} from '../claim-rules.js';
import {
  type Broker,
  type Cancelled,
  type Child,
  type ChildCounts,
  type ChildJob,
  type Claim,
  type ClaimNote,
  type ClaimOptions,
  type ClaimRecord,
  type DeadJob,
  type Death,
  type FinalStatus,
  isFinal,
  type JobFields,
  type JobState,
  type QueueState,
  type RecoverOptions,
  type Recovery,
  type Retried,
  type SettleHow,
  type WaitOptions,
} from '../contract.js';
import { processingList, queueName } from '../names.js';
import { brokerSettings } from '../options.js';
import { parseTimestamp, wireTimestamp } from '../timestamp.js';
import { WaitingRoom } from '../waiting-room.js';
import { MemoryHashes } from './memory-hashes.js';

interface Lease {
  readonly token: string;
  readonly queue: string;
  readonly worker: string;
  expiresAt: number;
}

/** What the broker keeps of a job beside its hash. */
interface JobRecord {
  attempts: number;
  lease: Lease | undefined;
  note: ClaimNote | undefined;
  deaths: readonly Death[];
  uploads: readonly string[];
  dead: { readonly queue: string; readonly since: number } | undefined;
  /** By name, in the order in which they were made. */
  readonly children: Map<string, 'pending' | 'done' | 'failed' | 'gone'>;
  /** While the job waits for its children. */
  parked: { readonly queue: string; lookAt: number } | undefined;
}

/** A broker inside this process, for `run` and for tests: the same promises, but nothing outlives the process. */
export class MemoryBroker implements Broker {
  readonly address = 'memory:';
  readonly #hashes = new MemoryHashes();
  readonly #queues = new Map<string, string[]>();
  readonly #jobs = new Map<string, JobRecord>();
  readonly #ended = new Map<string, { how: ClaimEnd; until: number }>();
  /** When somebody looked last for leases that ran out, by queue. */
  readonly #seen = new Map<string, number>();
  readonly #waiting = new WaitingRoom();
  readonly #receiptMs = receiptMs(brokerSettings({}).maxWaitMs);
  #tokens = 0;

  async enqueue(queue: string, key: string, fields: JobFields): Promise<void> {
    if (this.#hashes.read(key) !== undefined) return;
    this.#hashes.write(key, fields);
    this.#push(queueName(queue), key);
  }

  async claim(queue: string, options: ClaimOptions): Promise<Claim | undefined> {
    const name = queueName(queue);
    processingList(name, options.worker.name);
    const waiting = this.#queues.get(name) ?? [];
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      const fields = this.#hashes.read(key);
      const held = this.#leaseOf(key);
      if (fields === undefined || isFinal(fields['status'])) this.#forget(key);
      else if (held === undefined || held.expiresAt <= Date.now()) return this.#take(name, key, options);
    }
    return undefined;
  }

  waitForJob(queue: string, options: WaitOptions): Promise<void> {
    const name = queueName(queue);
    if ((this.#queues.get(name)?.length ?? 0) > 0) return Promise.resolve();
    return this.#waiting.wait(name, options);
  }

  async renew(claim: Claim, options: ClaimOptions, record?: ClaimRecord): Promise<boolean> {
    return this.#write(claim, options, {}, record);
  }

  async update(claim: Claim, options: ClaimOptions, fields: JobFields, record?: ClaimRecord): Promise<boolean> {
    refuseFinalStatus(fields);
    return this.#write(claim, options, fields, record);
  }

  async settle(
    claim: Claim,
    options: ClaimOptions,
    fields: JobFields & { status: FinalStatus },
    how: SettleHow = {},
  ): Promise<boolean> {
    if (this.#ended.get(claim.token)?.how === 'settle') return true;
    if (!this.#write(claim, options, fields)) return false;
    const job = this.#jobs.get(claim.key)!;
    const children = [...job.children.keys()];
    const abandoned = pendingOf(job);
    if (how.setAside === true) job.dead = { queue: claim.queue, since: Date.now() };
    this.#forget(claim.key);
    this.#countChild(claim.key, fields.status);
    this.#end(claim, 'settle');
    for (const child of abandoned) await this.cancel(child, options.worker.name, abandonedFields());
    if (how.childrenExpireSeconds !== undefined)
      for (const child of children) this.#hashes.expire(child, how.childrenExpireSeconds);
    return true;
  }

  async giveBack(claim: Claim, options: ClaimOptions, how: { readonly keepAttempt?: boolean } = {}): Promise<boolean> {
    if (this.#ended.get(claim.token)?.how === 'give-back') return true;
    if (!this.#write(claim, options, {})) return false;
    const job = this.#jobs.get(claim.key)!;
    Object.assign(job, { lease: undefined, note: undefined, uploads: [] });
    if (how.keepAttempt === true) job.attempts -= 1;
    this.#end(claim, 'give-back');
    this.#push(queueName(claim.queue), claim.key);
    return true;
  }

  async addChildren(
    claim: Claim,
    options: ClaimOptions,
    children: readonly ChildJob[],
    { uploads }: ClaimRecord = {},
  ): Promise<boolean> {
    if (!this.#write(claim, options, {}, uploads === undefined ? {} : { uploads })) return false;
    const family = this.#jobs.get(claim.key)!.children;
    for (const { queue, key, fields } of children) {
      if (family.has(key)) continue;
      let there = this.#hashes.read(key);
      if (fields !== undefined && (there === undefined || there['status'] === 'failed')) {
        this.#jobs.delete(key);
        this.#hashes.replace(key, fields);
        this.#drop(queueName(queue), key);
        this.#push(queueName(queue), key);
        there = fields;
      }
      const status = there?.['status'];
      family.set(key, there === undefined ? 'gone' : isFinal(status) ? status : 'pending');
    }
    return true;
  }

  async awaitChildren(claim: Claim, options: ClaimOptions, fields: JobFields): Promise<boolean> {
    refuseFinalStatus(fields);
    if (this.#ended.get(claim.token)?.how === 'await-children') return true;
    if (!this.#write(claim, options, fields)) return false;
    const job = this.#jobs.get(claim.key)!;
    const parked = { queue: queueName(claim.queue), lookAt: Date.now() + LOOK_AT_CHILDREN_MS };
    Object.assign(job, { lease: undefined, note: undefined, attempts: job.attempts - 1, parked });
    this.#end(claim, 'await-children');
    this.#wakeIfComplete(claim.key, job);
    return true;
  }

  async listChildren(key: string, names: readonly string[], from: number, count: number): Promise<Child[]> {
    const wanted = new Set([...names, 'status']);
    const children = [...(this.#jobs.get(key)?.children.keys() ?? [])].slice(from, from + count);
    return children.map((child) => {
      const fields = this.#hashes.read(child);
      if (fields === undefined) return { key: child, fields };
      return { key: child, fields: Object.fromEntries(Object.entries(fields).filter(([name]) => wanted.has(name))) };
    });
  }

  async recover(queue: string, { outage }: Partial<RecoverOptions> = {}): Promise<Recovery> {
    const name = queueName(queue);
    let count = 0;
    let nextInMs: number | undefined;
    this.#lookAfterParents(name);
    const isGranted = outage !== undefined && Date.now() - (this.#seen.get(name) ?? 0) > outage.afterMs;
    this.#seen.set(name, Date.now());
    // The lease that ran out first comes to stand in front.
    const leased = [...this.#jobs].filter(([, job]) => job.lease?.queue === name);
    for (const [key, job] of leased.toSorted(([, a], [, b]) => b.lease!.expiresAt - a.lease!.expiresAt)) {
      if (job.lease === undefined) continue;
      if (isGranted) job.lease.expiresAt = Math.max(job.lease.expiresAt, Date.now() + outage.graceMs);
      const left = job.lease.expiresAt - Date.now();
      if (left > 0) {
        nextInMs = Math.min(left, nextInMs ?? left);
        continue;
      }
      const fields = this.#hashes.read(key);
      if (fields === undefined || isFinal(fields['status'])) {
        this.#forget(key);
      } else {
        recordDeath(job);
        job.lease = undefined;
        this.#push(name, key, 'front');
        count += 1;
      }
    }
    for (const [token, { until }] of this.#ended) if (until < Date.now()) this.#ended.delete(token);
    return { count, nextInMs };
  }

  async cancel(key: string, by: string, fields: JobFields & { status: 'failed' }): Promise<Cancelled> {
    const current = this.#hashes.read(key);
    if (current === undefined) return { was: 'missing' };
    if (isFinal(current['status'])) return { was: 'final' };
    const worker = this.#leaseOf(key)?.worker;
    const children = pendingOf(this.#jobs.get(key));
    this.#forget(key);
    this.#hashes.write(key, { ...fields, ...stamps(by) });
    this.#countChild(key, 'failed');
    for (const child of children) await this.cancel(child, by, fields);
    return worker === undefined ? { was: 'waiting' } : { was: 'running', worker };
  }

  async retry(key: string, by: string, queue?: string): Promise<Retried> {
    const current = this.#hashes.read(key);
    if (current === undefined) return { outcome: 'missing' };
    if (current['status'] !== 'failed') return { outcome: 'not-failed' };
    const target = this.#jobs.get(key)?.dead?.queue ?? (queue === undefined ? undefined : queueName(queue));
    if (target === undefined) return { outcome: 'unknown-queue' };
    this.#hashes.replace(key, { ...renewedFields(current), ...stamps(by) });
    this.#jobs.delete(key);
    this.#drop(target, key);
    this.#push(target, key);
    return { outcome: 'queued', queue: target };
  }

  async dead(): Promise<DeadJob[]> {
    const found: DeadJob[] = [];
    for (const [key, { dead, deaths }] of this.#jobs) {
      if (dead === undefined) continue;
      const fields = this.#hashes.read(key);
      if (fields?.['status'] === 'failed') found.push({ key, ...dead, fields: { ...fields }, deaths });
      else this.#jobs.delete(key);
    }
    return found.toSorted((a, b) => b.since - a.since);
  }

  async read(key: string): Promise<JobFields | undefined> {
    const fields = this.#hashes.read(key);
    return fields === undefined ? undefined : { ...fields };
  }

  async inspect(key: string): Promise<JobState | undefined> {
    const fields = await this.read(key);
    if (fields === undefined) return undefined;
    const job = this.#jobs.get(key);
    const remainingMs = (job?.lease?.expiresAt ?? 0) - Date.now();
    const lease =
      job?.lease !== undefined && remainingMs > 0
        ? { worker: job.lease.worker, queue: job.lease.queue, remainingMs }
        : undefined;
    const { note, deaths = [], dead } = job ?? {};
    const children = job === undefined ? undefined : countsOf(job);
    return { key, fields, attempts: job?.attempts, lease, note, deaths, setAside: dead !== undefined, children };
  }

  async queues(names?: readonly string[]): Promise<QueueState[]> {
    const leases = [...this.#jobs.values()].flatMap((job) => job.lease ?? []);
    const parked = [...this.#jobs.values()].flatMap((job) => job.parked ?? []);
    const inHand = [...leases, ...parked].map((held) => held.queue);
    const all = names?.map(queueName) ?? [...this.#queues.keys(), ...inHand];
    return [...new Set(all)].toSorted().map((queue) => {
      const waiting = this.#queues.get(queue) ?? [];
      const created = parseTimestamp(this.#hashes.read(waiting[0] ?? '')?.['created_at']);
      return {
        queue,
        waiting: waiting.length,
        inFlight: inHand.filter((held) => held === queue).length,
        oldestMs: created === undefined ? undefined : Math.max(0, Date.now() - created),
      };
    });
  }

  async readCache(key: string): Promise<string | undefined> {
    return this.#hashes.read(key)?.['metadata'];
  }

  async writeCache(key: string, value: string, ttlSeconds: number): Promise<void> {
    this.#hashes.write(key, { metadata: value });
    this.#hashes.expire(key, ttlSeconds);
  }

  async expire(key: string, seconds: number): Promise<boolean> {
    return this.#hashes.expire(key, seconds);
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#waiting.wakeAll();
  }

  #leaseOf(key: string): Lease | undefined {
    return this.#jobs.get(key)?.lease;
  }

  /** One that was cancelled while it waited still stands in its queue. */
  #drop(queue: string, key: string): void {
    const waiting = this.#queues.get(queue) ?? [];
    const at = waiting.indexOf(key);
    if (at >= 0) waiting.splice(at, 1);
  }

  #push(queue: string, key: string, where: 'front' | 'end' = 'end'): void {
    const waiting = this.#queues.get(queue) ?? [];
    this.#queues.set(queue, waiting);
    if (where === 'front') waiting.unshift(key);
    else waiting.push(key);
    this.#waiting.wake(queue);
  }

  #take(queue: string, key: string, { worker, leaseMs }: ClaimOptions): Claim {
    const token = `memory-${(this.#tokens += 1)}`;
    const job = this.#jobs.get(key) ?? newRecord();
    this.#jobs.set(key, job);
    if (job.lease !== undefined) recordDeath(job);
    job.parked = undefined;
    job.attempts += 1;
    job.lease = { token, queue, worker: worker.name, expiresAt: Date.now() + leaseMs };
    const fields = this.#hashes.write(key, stamps(worker.name));
    const { attempts: attempt, deaths, uploads: leftovers } = job;
    return { queue, key, token, attempt, fields: { ...fields }, deaths, leftovers, children: countsOf(job) };
  }

  /** Nothing is kept of the job but what `retry` needs of one that is set aside. */
  #forget(key: string): void {
    const job = this.#jobs.get(key);
    if (job?.dead === undefined) this.#jobs.delete(key);
    else Object.assign(job, { lease: undefined, note: undefined, uploads: [], children: new Map(), parked: undefined });
  }

  /** Counts a job that has ended for those that wait for it. */
  #countChild(key: string, how: 'done' | 'failed' | 'gone'): void {
    for (const [parent, job] of this.#jobs) {
      if (job.children.get(key) !== 'pending') continue;
      job.children.set(key, how);
      this.#wakeIfComplete(parent, job);
    }
  }

  #wakeIfComplete(key: string, job: JobRecord): void {
    if (job.parked === undefined || pendingOf(job).length > 0) return;
    const { queue } = job.parked;
    job.parked = undefined;
    this.#push(queue, key, 'front');
  }

  #lookAfterParents(queue: string): void {
    const due = [...this.#jobs].filter(([, { parked }]) => parked?.queue === queue && parked.lookAt <= Date.now());
    const order = ([a, one]: (typeof due)[0], [b, other]: (typeof due)[0]): number =>
      one.parked!.lookAt - other.parked!.lookAt || (a < b ? -1 : 1);
    for (const [key, job] of due.toSorted(order)) {
      if (job.parked === undefined) continue;
      const fields = this.#hashes.read(key);
      if (fields === undefined || isFinal(fields['status'])) {
        this.#forget(key);
        continue;
      }
      job.parked.lookAt = Date.now() + LOOK_AT_CHILDREN_MS;
      for (const child of pendingOf(job)) if (this.#hashes.read(child) === undefined) this.#countChild(child, 'gone');
      const counts = countsOf(job);
      const progress = counts === undefined ? '100' : progressOf(counts);
      this.#hashes.write(key, { updated_at: wireTimestamp(Date.now()), progress });
    }
  }

  /** Fenced by the token; a claim whose hash is gone or was ended by somebody else is let go. */
  #write(claim: Claim, { worker, leaseMs }: ClaimOptions, fields: JobFields, record: ClaimRecord = {}): boolean {
    const job = this.#jobs.get(claim.key);
    if (job?.lease?.token !== claim.token) return false;
    const current = this.#hashes.read(claim.key);
    if (current === undefined || isFinal(current['status'])) {
      this.#forget(claim.key);
      return false;
    }
    job.lease.expiresAt = Date.now() + leaseMs;
    if (record.note !== undefined) job.note = record.note;
    if (record.uploads !== undefined) job.uploads = record.uploads;
    this.#hashes.write(claim.key, { ...fields, ...stamps(worker.name) });
    return true;
  }

  #end(claim: Claim, how: ClaimEnd): void {
    this.#ended.set(claim.token, { how, until: Date.now() + this.#receiptMs });
  }
}

function newRecord(): JobRecord {
  return {
    attempts: 0,
    lease: undefined,
    note: undefined,
    deaths: [],
    uploads: [],
    dead: undefined,
    children: new Map(),
    parked: undefined,
  };
}

/** Names of the children that have not ended. */
function pendingOf(job: JobRecord | undefined): string[] {
  return [...(job?.children ?? [])].flatMap(([key, state]) => (state === 'pending' ? [key] : []));
}

function countsOf({ children }: JobRecord): ChildCounts | undefined {
  if (children.size === 0) return undefined;
  const counts = { total: children.size, done: 0, failed: 0, gone: 0 };
  for (const state of children.values()) if (state !== 'pending') counts[state] += 1;
  return counts;
}

/** Remembers that the lease of the claim ran out. */
function recordDeath(job: JobRecord): void {
  const death = { at: Date.now(), worker: job.lease?.worker ?? '', attempt: job.attempts, note: job.note };
  job.deaths = [...job.deaths, death].slice(-DEATHS_KEPT);
  job.note = undefined;
}

function stamps(by: string): JobFields {
  return { updated_at: wireTimestamp(Date.now()), updated_by: by };
}
