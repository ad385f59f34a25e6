import { type ClaimEnd, receiptMs, refuseFinalStatus } from '../claim-rules.js';
import {
  type Broker,
  type Claim,
  type ClaimOptions,
  type FinalStatus,
  isFinal,
  type JobFields,
  type JobState,
  type QueueState,
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
}

/** A broker inside this process, for `run` and for tests: the same promises, but nothing outlives the process. */
export class MemoryBroker implements Broker {
  readonly address = 'memory:';
  readonly #hashes = new MemoryHashes();
  readonly #queues = new Map<string, string[]>();
  readonly #jobs = new Map<string, JobRecord>();
  readonly #ended = new Map<string, { how: ClaimEnd; until: number }>();
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
      if (fields === undefined || isFinal(fields['status'])) this.#jobs.delete(key);
      else if (held === undefined || held.expiresAt <= Date.now()) return this.#take(name, key, options);
    }
    return undefined;
  }

  waitForJob(queue: string, options: WaitOptions): Promise<void> {
    const name = queueName(queue);
    if ((this.#queues.get(name)?.length ?? 0) > 0) return Promise.resolve();
    return this.#waiting.wait(name, options);
  }

  async renew(claim: Claim, options: ClaimOptions): Promise<boolean> {
    return this.#write(claim, options, {});
  }

  async update(claim: Claim, options: ClaimOptions, fields: JobFields): Promise<boolean> {
    refuseFinalStatus(fields);
    return this.#write(claim, options, fields);
  }

  async settle(claim: Claim, options: ClaimOptions, fields: JobFields & { status: FinalStatus }): Promise<boolean> {
    if (this.#ended.get(claim.token)?.how === 'settle') return true;
    if (!this.#write(claim, options, fields)) return false;
    this.#jobs.delete(claim.key);
    this.#end(claim, 'settle');
    return true;
  }

  async giveBack(claim: Claim, options: ClaimOptions, how: { readonly keepAttempt?: boolean } = {}): Promise<boolean> {
    if (this.#ended.get(claim.token)?.how === 'give-back') return true;
    if (!this.#write(claim, options, {})) return false;
    const job = this.#jobs.get(claim.key)!;
    job.lease = undefined;
    if (how.keepAttempt === true) job.attempts -= 1;
    this.#end(claim, 'give-back');
    this.#push(queueName(claim.queue), claim.key);
    return true;
  }

  async recover(queue: string): Promise<number> {
    const name = queueName(queue);
    let count = 0;
    for (const [key, job] of this.#jobs) {
      if (job.lease === undefined || job.lease.queue !== name || job.lease.expiresAt > Date.now()) continue;
      job.lease = undefined;
      const fields = this.#hashes.read(key);
      if (fields === undefined || isFinal(fields['status'])) {
        this.#jobs.delete(key);
      } else {
        this.#push(name, key);
        count += 1;
      }
    }
    for (const [token, { until }] of this.#ended) if (until < Date.now()) this.#ended.delete(token);
    return count;
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
    return { key, fields, attempts: job?.attempts, lease };
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

  #push(queue: string, key: string): void {
    const waiting = this.#queues.get(queue);
    if (waiting === undefined) this.#queues.set(queue, [key]);
    else waiting.push(key);
    this.#waiting.wake(queue);
  }

  #take(queue: string, key: string, { worker, leaseMs }: ClaimOptions): Claim {
    const token = `memory-${(this.#tokens += 1)}`;
    const attempt = (this.#jobs.get(key)?.attempts ?? 0) + 1;
    const lease = { token, queue, worker: worker.name, expiresAt: Date.now() + leaseMs };
    this.#jobs.set(key, { attempts: attempt, lease });
    const fields = this.#hashes.write(key, { updated_at: wireTimestamp(Date.now()), updated_by: worker.name });
    return { queue, key, token, attempt, fields: { ...fields } };
  }

  /** Fenced by the token; a claim whose hash is gone or was ended by somebody else is let go. */
  #write(claim: Claim, { worker, leaseMs }: ClaimOptions, fields: JobFields): boolean {
    const lease = this.#leaseOf(claim.key);
    if (lease?.token !== claim.token) return false;
    const current = this.#hashes.read(claim.key);
    if (current === undefined || isFinal(current['status'])) {
      this.#jobs.delete(claim.key);
      return false;
    }
    lease.expiresAt = Date.now() + leaseMs;
    const stamps = { updated_at: wireTimestamp(Date.now()), updated_by: worker.name };
    this.#hashes.write(claim.key, { ...fields, ...stamps });
    return true;
  }

  #end(claim: Claim, how: ClaimEnd): void {
    this.#ended.set(claim.token, { how, until: Date.now() + this.#receiptMs });
  }
}
