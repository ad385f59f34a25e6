import { randomUUID } from 'node:crypto';
import {
  abandonedFields,
  CONSUMER_FIELDS,
  DEAD_KEPT,
  parseCounts,
  parseDeaths,
  parseKeys,
  parseNote,
  receiptMs,
  refuseFinalStatus,
} from '../claim-rules.js';
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
import { jobName, processingList, queueName } from '../names.js';
import type { BrokerSettings } from '../options.js';
import { deadJobs } from './dead-jobs.js';
import { ForeignJobs, type Send } from './foreign-jobs.js';
import { fromPairs, presentFields } from './from-pairs.js';
import { RedisLink } from './link.js';
import { queueStates } from './queue-states.js';
import { QueueWaker } from './queue-waker.js';
import { isWrongType } from './redis-errors.js';
import { ADD_CHILDREN, AWAIT_CHILDREN, LIST_CHILDREN } from './scripts/children.js';
import { CLAIM } from './scripts/claim.js';
import { GIVE_BACK, SETTLE, UPDATE } from './scripts/held-claim.js';
import { CANCEL, RETRY } from './scripts/operate.js';
import { RECOVER_LEASES } from './scripts/recover.js';
import { runScript, type Script } from './scripts/script.js';
import { ENQUEUE, INSPECT, WRITE_CACHE } from './scripts/store.js';
import type { RedisTarget } from './target.js';

/**
 * Redis 5 or newer, not a cluster: the queues, lists and hashes of the Kiosk, and leases of our own under `kiosk:`.
 *
 * Every change is one script, in one round trip, on the master; time is the server's clock. A call whose answer is
 * lost is sent again, in a form that does nothing twice: a claim carries the token that the earlier try gave, an
 * ended claim is remembered.
 */
export class RedisBroker implements Broker {
  readonly address: string;
  readonly #link: RedisLink;
  readonly #wakers = new Map<string, QueueWaker>();
  readonly #receiptMs: number;
  readonly #send: Send = (send) => this.#link.call(send);
  readonly #foreign = new ForeignJobs(this.#send);

  constructor(
    private readonly target: RedisTarget,
    private readonly settings: BrokerSettings,
  ) {
    this.address = target.address;
    this.#link = new RedisLink(target, settings);
    this.#receiptMs = receiptMs(settings.maxWaitMs);
  }

  async enqueue(queue: string, key: string, fields: JobFields): Promise<void> {
    await this.#run(ENQUEUE, [queueName(queue), jobName(key)], Object.entries(fields).flat());
  }

  async claim(queue: string, options: ClaimOptions): Promise<Claim | undefined> {
    const name = queueName(queue);
    const list = processingList(name, options.worker.name);
    const token = randomUUID();
    const values = [token, options.leaseMs, options.worker.name, options.worker.id, name];
    for (;;) {
      const answer = await this.#link.call((client, repeated) =>
        runScript(client, CLAIM, [name, list], [...values, repeated ? '1' : '0']),
      );
      if (answer === null) return undefined;
      const [key, attempt, ...texts] = answer as [string?, number?, ...string[]];
      if (key === undefined) continue;
      const [deaths, leftovers, children, ...fields] = texts;
      return {
        queue: name,
        key,
        token,
        attempt: Number(attempt),
        fields: fromPairs(fields),
        deaths: parseDeaths(deaths),
        leftovers: parseKeys(leftovers),
        children: parseCounts(children),
      };
    }
  }

  waitForJob(queue: string, options: WaitOptions): Promise<void> {
    const name = queueName(queue);
    let waker = this.#wakers.get(name);
    if (waker === undefined) {
      waker = new QueueWaker(name, this.target, this.settings);
      this.#wakers.set(name, waker);
    }
    return waker.wait(options);
  }

  renew(claim: Claim, options: ClaimOptions, record?: ClaimRecord): Promise<boolean> {
    return this.update(claim, options, {}, record);
  }

  async update(
    claim: Claim,
    { worker, leaseMs }: ClaimOptions,
    fields: JobFields,
    { note, uploads }: ClaimRecord = {},
  ): Promise<boolean> {
    refuseFinalStatus(fields);
    const record = [note, uploads].map((part) => (part === undefined ? '' : JSON.stringify(part)));
    const values = [claim.token, leaseMs, worker.name, ...record, ...Object.entries(fields).flat()];
    return (await this.#run(UPDATE, [claim.key], values)) === 1;
  }

  async settle(
    claim: Claim,
    { worker }: ClaimOptions,
    fields: JobFields & { status: FinalStatus },
    how: SettleHow = {},
  ): Promise<boolean> {
    const ways = [how.setAside === true ? '1' : '0', DEAD_KEPT, how.childrenExpireSeconds ?? ''];
    const values = [claim.token, this.#receiptMs, worker.name, ...ways, ...Object.entries(fields).flat()];
    const [held, ...abandoned] = (await this.#run(SETTLE, [claim.key], values)) as [number, ...string[]];
    for (const child of abandoned) await this.cancel(child, worker.name, abandonedFields());
    return held === 1;
  }

  async giveBack(
    claim: Claim,
    { worker }: ClaimOptions,
    how: { readonly keepAttempt?: boolean } = {},
  ): Promise<boolean> {
    const values = [claim.token, this.#receiptMs, worker.name, how.keepAttempt === true ? '1' : '0'];
    return (await this.#run(GIVE_BACK, [claim.key, queueName(claim.queue)], values)) === 1;
  }

  async addChildren(
    claim: Claim,
    { worker, leaseMs }: ClaimOptions,
    children: readonly ChildJob[],
    { uploads }: ClaimRecord = {},
  ): Promise<boolean> {
    const record = uploads === undefined ? '' : JSON.stringify(uploads);
    const flat = children.flatMap(({ queue, key, fields = {} }) => {
      const pairs = Object.entries(fields).flat();
      return [queueName(queue), jobName(key), pairs.length, ...pairs];
    });
    return (await this.#run(ADD_CHILDREN, [claim.key], [claim.token, leaseMs, worker.name, record, ...flat])) === 1;
  }

  async awaitChildren(claim: Claim, { worker }: ClaimOptions, fields: JobFields): Promise<boolean> {
    refuseFinalStatus(fields);
    const values = [claim.token, this.#receiptMs, worker.name, ...Object.entries(fields).flat()];
    return (await this.#run(AWAIT_CHILDREN, [claim.key], values)) === 1;
  }

  async listChildren(key: string, names: readonly string[], from: number, count: number): Promise<Child[]> {
    const found = (await this.#run(LIST_CHILDREN, [key], [from, count, 'status', ...names])) as (string | null)[][];
    return found.map(([child, there, ...values]) => ({
      key: child!,
      fields: there === '1' ? presentFields(['status', ...names], values) : undefined,
    }));
  }

  async recover(queue: string, options: RecoverOptions): Promise<Recovery> {
    const name = queueName(queue);
    const { afterMs = '', graceMs = '' } = options.outage ?? {};
    let count = 0;
    let left = -1;
    for (let more = 1; more === 1;) {
      const answer = (await this.#run(RECOVER_LEASES, [name], [name, afterMs, graceMs])) as [number, number, number];
      count += answer[0];
      [, more, left] = answer;
    }
    count += await this.#foreign.adopt(name, options.foreignSilenceMs);
    return { count, nextInMs: left < 0 ? undefined : left };
  }

  async cancel(key: string, by: string, fields: JobFields & { status: 'failed' }): Promise<Cancelled> {
    const values = [by, ...Object.entries(fields).flat()];
    const answer = (await this.#run(CANCEL, [key], values)) as [Cancelled['was'], ...string[]];
    const [was, worker = '', ...children] = answer;
    for (const child of children) await this.cancel(child, by, fields);
    return was === 'running' ? { was, worker } : { was };
  }

  async retry(key: string, by: string, queue?: string): Promise<Retried> {
    const target = queue === undefined ? '' : queueName(queue);
    const [outcome, found = ''] = (await this.#run(RETRY, [key, target], [by, ...CONSUMER_FIELDS])) as [
      Retried['outcome'],
      string?,
    ];
    return outcome === 'queued' ? { outcome, queue: found } : { outcome };
  }

  dead(): Promise<DeadJob[]> {
    return deadJobs(this.#send);
  }

  async read(key: string): Promise<JobFields | undefined> {
    const flat = await this.#link.call(async (client) => {
      try {
        return (await client.call('HGETALL', key)) as string[];
      } catch (error) {
        if (isWrongType(error)) return [];
        throw error;
      }
    });
    return flat.length === 0 ? undefined : fromPairs(flat);
  }

  async inspect(key: string): Promise<JobState | undefined> {
    const answer = (await this.#run(INSPECT, [key], [])) as string[] | null;
    if (answer === null) return undefined;
    const [attempts = '', queue = '', worker = '', left = '', note, deaths, aside, children, ...fields] = answer;
    const remainingMs = Number(left);
    return {
      key,
      fields: fromPairs(fields),
      attempts: attempts === '' ? undefined : Number(attempts),
      lease: remainingMs > 0 ? { worker, queue, remainingMs } : undefined,
      note: parseNote(note),
      deaths: parseDeaths(deaths),
      setAside: aside === '1',
      children: parseCounts(children),
    };
  }

  async queues(names?: readonly string[]): Promise<QueueState[]> {
    return queueStates(this.#send, names?.map(queueName));
  }

  async readCache(key: string): Promise<string | undefined> {
    return (await this.read(key))?.['metadata'];
  }

  async writeCache(key: string, value: string, ttlSeconds: number): Promise<void> {
    await this.#run(WRITE_CACHE, [key], [value, Math.ceil(ttlSeconds)]);
  }

  async expire(key: string, seconds: number): Promise<boolean> {
    return (await this.#link.call((client) => client.call('EXPIRE', key, Math.ceil(seconds)))) === 1;
  }

  async ping(): Promise<void> {
    this.#link.hurry();
    await this.#link.call((client) => client.call('PING'), { maxWaitMs: this.settings.commandTimeoutMs });
  }

  async close(): Promise<void> {
    for (const waker of this.#wakers.values()) waker.close();
    this.#link.close();
  }

  #run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.#link.call((client) => runScript(client, script, keys, values));
  }
}
