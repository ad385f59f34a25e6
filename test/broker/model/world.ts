import { LOOK_AT_CHILDREN_MS } from '../../../src/broker/claim-rules.js';
import type { Broker, Claim, ClaimOptions, FinalStatus, JobFields, SettleHow } from '../../../src/broker/contract.js';
import { isFinal } from '../../../src/broker/contract.js';
import { compareWithModel } from './compare.js';
import { SILENCE_MS, adoptSilent } from './model-of-other-programs.js';
import * as model from './reference-model.js';
import { checkChange, checkLook, hold, same } from './rules.js';
import { type Observation, QUEUE, type Subject } from './subject.js';

/** A claim as the worker has it, and its number in the model. */
export interface Hand {
  readonly id: number;
  readonly claim: Claim;
  /** The worker has been told that it is over: ended, or lost. */
  over: boolean;
}

/** What one worker knows: its claims, the latest first, whatever has become of them. */
export interface WorkerState {
  readonly name: string;
  readonly id: string;
  hands: readonly Hand[];
  /** Stopped: it does nothing until it goes on, and then does not know that time has passed. */
  stopped: boolean;
}

/** How often the last worker looks again before it counts: parents of parents are waked one after the other. */
const LOOKS = 4;

/** Who cancels and retries. */
const OPERATOR = 'operator';

/** A lease lasts one and a half steps of time: far from any tie, whatever time the test itself takes meanwhile. */
export const LEASE_MS = 60_000;
export const TIME_STEP_MS = 40_000;

/** One run: the broker, the model beside it, and those who use them. */
export class World {
  state: model.ModelState = model.EMPTY;
  /** Two of them share a name, as pods of a stateful set do while one replaces the other. */
  readonly workers: readonly WorkerState[] = ['a', 'twin', 'twin'].map((name, index) => newWorker(name, `id-${index}`));
  /** Names of jobs that were cancelled while they waited, or whose entry another program has moved. */
  readonly moved = new Set<string>();
  /** What the old consumer believes to have in hand. */
  oldConsumer: readonly string[] = [];
  /** How often each job came to its end, by whomever. */
  readonly ends: Record<string, number> = {};
  #seen: Observation | undefined;
  /** The jobs that the step has made new. */
  readonly #renewed = new Set<string>();
  #parks = 0;
  #leases = 0;

  constructor(
    readonly subject: Subject,
    readonly broker: Broker,
  ) {}

  get keys(): string[] {
    return Object.keys(this.state.jobs);
  }

  /** One step, and a look at what it has done. */
  async take<T>(step: (world: World) => Promise<T>): Promise<T> {
    this.#seen ??= await this.subject.look([]);
    const made = this.keys;
    const open = made.filter((key) => model.isOpen(this.state, key));
    const result = await step(this);
    const before = this.#seen;
    this.#seen = await this.subject.look(this.keys);
    checkChange(
      before,
      this.#seen,
      made.filter((key) => !this.#renewed.has(key)),
    );
    this.#renewed.clear();
    for (const key of open) {
      if (isFinal(this.state.jobs[key]!.fields?.['status'])) this.ends[key] = (this.ends[key] ?? 0) + 1;
    }
    checkLook(this.#seen, this.moved);
    compareWithModel(this.state, this.#seen, this.subject.driftMs);
    return result;
  }

  /** Each lease is set to end a millisecond later than the ones before, so that none end together. */
  #as(worker: WorkerState): ClaimOptions & model.ModelWorker {
    this.#leases += 1;
    return { worker, name: worker.name, leaseMs: LEASE_MS + this.#leases };
  }

  async enqueue(key: string, fields: JobFields): Promise<void> {
    this.state = model.enqueue(this.state, key, fields);
    await this.broker.enqueue(QUEUE, key, { ...fields, updated_at: new Date(Date.now()).toISOString() });
  }

  async claim(worker: WorkerState): Promise<boolean> {
    const by = this.#as(worker);
    const id = this.state.claims;
    const [expected, next] = model.claim(this.state, by);
    const claim = await this.broker.claim(QUEUE, by);
    this.state = next;
    const found = claim && {
      key: claim.key,
      attempt: claim.attempt,
      deaths: claim.deaths.map((death) => death.worker),
      children: claim.children,
    };
    same('an answer is that of the contract', 'the claim', found, expected);
    if (claim !== undefined) worker.hands = [{ id, claim, over: false }, ...worker.hands];
    return claim !== undefined;
  }

  async renew(worker: WorkerState, hand: Hand): Promise<void> {
    const by = this.#as(worker);
    const outcome = model.update(this.state, hand.id, hand.claim.key, by, {});
    await this.#write('renew', hand, outcome, () => this.broker.renew(hand.claim, by));
  }

  async update(worker: WorkerState, hand: Hand): Promise<void> {
    const by = this.#as(worker);
    const fields = { status: 'started', identity_started: worker.id };
    const outcome = model.update(this.state, hand.id, hand.claim.key, by, fields);
    await this.#write('update', hand, outcome, () => this.broker.update(hand.claim, by, fields));
  }

  async settle(worker: WorkerState, hand: Hand, status: FinalStatus, how: SettleHow = {}): Promise<void> {
    const by = this.#as(worker);
    const fields = { status, output_file_name: `of claim ${hand.id}` };
    const { leavesCancelled } = this.subject;
    this.#abandon(hand.claim.key);
    const outcome = model.settle(this.state, hand.id, hand.claim.key, by, fields, how, leavesCancelled);
    await this.#write('settle', hand, outcome, () => this.broker.settle(hand.claim, by, fields, how));
  }

  async addChildren(worker: WorkerState, hand: Hand, children: readonly model.ModelChild[]): Promise<void> {
    const by = this.#as(worker);
    const before = this.state;
    const outcome = model.addChildren(before, hand.id, hand.claim.key, by, children);
    const stamp = new Date(Date.now()).toISOString();
    const jobs = children.map(({ key, fields }) => ({
      queue: QUEUE,
      key,
      ...(fields && { fields: { ...fields, updated_at: stamp } }),
    }));
    await this.#write('addChildren', hand, outcome, () => this.broker.addChildren(hand.claim, by, jobs));
    for (const { key } of children) {
      const was = before.jobs[key]?.fields?.['status'];
      if (!isFinal(was) || !model.isOpen(this.state, key)) continue;
      this.#renewed.add(key);
      this.ends[key] = 0;
    }
  }

  async awaitChildren(worker: WorkerState, hand: Hand): Promise<void> {
    const by = this.#as(worker);
    this.#parks += 1;
    // By a real clock, no two jobs begin to wait at the same time.
    const order = this.subject.driftMs > 0 ? this.#parks / 1000 : 0;
    const lookAtMs = this.state.nowMs + LOOK_AT_CHILDREN_MS + order;
    const fields = { status: 'waiting' };
    const outcome = model.awaitChildren(this.state, hand.id, hand.claim.key, by, fields, lookAtMs);
    await this.#write('awaitChildren', hand, outcome, () => this.broker.awaitChildren(hand.claim, by, fields));
  }

  async listChildren(key: string): Promise<void> {
    const found = (await this.broker.listChildren(key, [], 0, 100)).map((child) => ({
      key: child.key,
      status: child.fields?.['status'],
    }));
    same('an answer is that of the contract', `the children of ${key}`, found, model.listChildren(this.state, key));
  }

  /** The names of children that wait may stay in the queue when they are cancelled with their parent. */
  #abandon(parent: string): void {
    for (const [child, how] of Object.entries(this.state.jobs[parent]!.children)) {
      if (how !== 'pending') continue;
      this.moved.add(child);
      this.#abandon(child);
    }
  }

  async giveBack(worker: WorkerState, hand: Hand, keepAttempt: boolean): Promise<void> {
    const by = this.#as(worker);
    const outcome = model.giveBack(this.state, hand.id, hand.claim.key, by, keepAttempt);
    await this.#write('giveBack', hand, outcome, () => this.broker.giveBack(hand.claim, by, { keepAttempt }));
  }

  async recover(): Promise<void> {
    const [recovered, between] = model.recoverLeases(model.lookAfterParents(this.state, LOOK_AT_CHILDREN_MS));
    const [adopted, next] = this.subject.others === undefined ? [0, between] : adoptSilent(between);
    this.state = next;
    const { count, nextInMs = Infinity } = await this.broker.recover(QUEUE, { foreignSilenceMs: SILENCE_MS });
    same('an answer is that of the contract', 'the number of jobs put back', count, recovered.count + adopted);
    const { nextInMs: expectedMs = Infinity } = recovered;
    const differs = nextInMs !== expectedMs && !(Math.abs(nextInMs - expectedMs) <= this.subject.driftMs);
    hold(
      'a lease lasts as the contract says',
      !differs,
      () => `the next one ends in ${nextInMs} ms, not ${expectedMs}`,
    );
  }

  async cancel(key: string): Promise<void> {
    const fields = { status: 'failed', reason: 'cancelled' } as const;
    const [expected, next] = model.cancel(this.state, key, OPERATOR, fields, this.subject.leavesCancelled);
    const waited = this.state.queue.includes(key);
    this.#abandon(key);
    this.state = next;
    same(
      'an answer is that of the contract',
      `cancel ${key}`,
      await this.broker.cancel(key, OPERATOR, fields),
      expected,
    );
    if (waited) this.moved.add(key);
  }

  async retry(key: string): Promise<void> {
    const [expected, next] = model.retry(this.state, key, OPERATOR);
    this.state = next;
    const { outcome } = await this.broker.retry(key, OPERATOR, QUEUE);
    same('an answer is that of the contract', `retry ${key}`, outcome, expected);
    if (outcome !== 'queued') return;
    this.ends[key] = 0;
    this.#renewed.add(key);
  }

  async listDead(): Promise<void> {
    const [expected, next] = model.listDead(this.state);
    this.state = next;
    const found = (await this.broker.dead()).map(({ key }) => key);
    same('an answer is that of the contract', 'what was set aside', found.toSorted(), expected.toSorted());
  }

  async inspect(key: string): Promise<void> {
    const job = await this.broker.inspect(key);
    const [queue] = await this.broker.queues([QUEUE]);
    const found: model.ModelView = {
      job: job && { attempts: job.attempts, isLeased: job.lease !== undefined },
      waiting: queue!.waiting,
      inFlight: queue!.inFlight,
    };
    same('an answer is that of the contract', `what is told of ${key}`, found, model.inspect(this.state, key));
  }

  async expire(key: string, seconds: number): Promise<void> {
    const [expected, next] = model.expire(this.state, key, seconds * 1000);
    this.state = next;
    same('an answer is that of the contract', 'expire', await this.broker.expire(key, seconds), expected);
  }

  /** Time passes, in steps of {@link TIME_STEP_MS}. */
  async pass(steps: number): Promise<void> {
    this.state = model.pass(this.state, steps * TIME_STEP_MS);
    await this.subject.pass(steps * TIME_STEP_MS);
    // Where time passes by moving what is stored, the stamps have moved, and nobody has written.
    this.#seen = await this.subject.look(this.keys);
  }

  /** A write of a claim, whose answer is the model's, and which leaves the hash alone when it is refused. */
  async #write(
    what: string,
    hand: Hand,
    [expected, next]: model.Outcome<boolean>,
    send: () => Promise<boolean>,
  ): Promise<boolean> {
    const { key, attempt } = hand.claim;
    this.state = next;
    const before = expected ? undefined : await this.broker.read(key);
    const accepted = await send();
    same('an answer is that of the contract', `${what} of ${key}, attempt ${attempt},`, accepted, expected);
    if (!accepted) same('a refused write changes nothing', key, await this.broker.read(key), before);
    hand.over ||= !accepted || what === 'settle' || what === 'giveBack' || what === 'awaitChildren';
    return accepted;
  }

  async #doOne(worker: WorkerState): Promise<boolean> {
    const claimed = await this.claim(worker);
    if (claimed) await this.settle(worker, worker.hands[0]!, 'done');
    return claimed;
  }

  /** Lets every lease and every silence run out, has one more worker do what there is to do, and counts. */
  async finish(): Promise<void> {
    const fresh = newWorker('fresh', 'fresh');
    const longEnough = Math.ceil(Math.max(LEASE_MS, SILENCE_MS) / TIME_STEP_MS);
    await this.take((world) => world.pass(longEnough));
    await this.take((world) => world.recover());
    // What other programs were done with is cleared away at the next look for it, and may be what a parent waits for.
    for (let look = 0; look < LOOKS; look += 1) {
      while (await this.take((world) => world.#doOne(fresh)));
      await this.take((world) => world.pass(longEnough));
      await this.take((world) => world.recover());
    }
    const seen = this.#seen!;
    for (const [key, { status }] of Object.entries(seen.hashes)) {
      hold('every job ends once', isFinal(status), () => `${key} is ${status}`);
      same('every job ends once', `the number of ends of ${key}`, this.ends[key], 1);
    }
    same('nothing is left behind', 'what waits', seen.queue, typeof seen.queue === 'number' ? 0 : []);
    same('nothing is left behind', 'what is in hand', seen.lists ?? {}, {});
    same('nothing is left behind', 'what lasts', seen.lasting, []);
  }
}

function newWorker(name: string, id: string): WorkerState {
  return { name, id, hands: [], stopped: false };
}
