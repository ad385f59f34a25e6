import { type ClaimEnd, DEATHS_KEPT, receiptMs, refuseFinalStatus, renewedFields } from '../claim-rules.js';
import {
  type Broker,
  type Cancelled,
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
    if (how.setAside === true) this.#jobs.get(claim.key)!.dead = { queue: claim.queue, since: Date.now() };
    this.#forget(claim.key);
    this.#end(claim, 'settle');
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

  async recover(queue: string, { outage }: Partial<RecoverOptions> = {}): Promise<Recovery> {
    const name = queueName(queue);
    let count = 0;
    let nextInMs: number | undefined;
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
    this.#forget(key);
    this.#hashes.write(key, { ...fields, ...stamps(by) });
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
    return { key, fields, attempts: job?.attempts, lease, note, deaths, setAside: dead !== undefined };
  }

  async queues(names?: readonly string[]): Promise<QueueState[]> {
    const leases = [...this.#jobs.values()].flatMap((job) => job.lease ?? []);
    const all = names?.map(queueName) ?? [...this.#queues.keys(), ...leases.map((lease) => lease.queue)];
    return [...new Set(all)].toSorted().map((queue) => {
      const waiting = this.#queues.get(queue) ?? [];
      const created = parseTimestamp(this.#hashes.read(waiting[0] ?? '')?.['created_at']);
      return {
        queue,
        waiting: waiting.length,
        inFlight: leases.filter((lease) => lease.queue === queue).length,
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
    job.attempts += 1;
    job.lease = { token, queue, worker: worker.name, expiresAt: Date.now() + leaseMs };
    const fields = this.#hashes.write(key, stamps(worker.name));
    const { attempts: attempt, deaths, uploads: leftovers } = job;
    return { queue, key, token, attempt, fields: { ...fields }, deaths, leftovers };
  }

  /** Nothing is kept of the job but what `retry` needs of one that is set aside. */
  #forget(key: string): void {
    const job = this.#jobs.get(key);
    if (job?.dead === undefined) this.#jobs.delete(key);
    else Object.assign(job, { lease: undefined, note: undefined, uploads: [] });
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
  return { attempts: 0, lease: undefined, note: undefined, deaths: [], uploads: [], dead: undefined };
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
