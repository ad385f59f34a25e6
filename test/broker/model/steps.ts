import * as fc from 'fast-check';
import { endAsOldConsumer, putBackAsJanitor, takeAsOldConsumer } from './model-of-other-programs.js';
import { isOpen, type ModelChild } from './reference-model.js';
import { hold, same } from './rules.js';
import { QUEUE } from './subject.js';
import type { Hand, WorkerState, World } from './world.js';

/** One thing that happens to the broker and to the model alike. One that makes no sense at its time does nothing. */
export type Step = (world: World) => Promise<void>;

/** As many open jobs at a time as make workers meet over them. */
const MOST_OPEN = 3;
/** Claims that a worker still acts on; the latest that is not over is the likeliest. */
const HANDS = 3;
const MOST_STEPS = 40;
const MOST_OPEN_CHILDREN = 5;
const EXPIRE_SECONDS = 100;
/** A waiting worker is waked at once; this only bounds the test. */
const WAKE_BOUND_MS = 10_000;

/** One of those that there are at the time, whatever their number. */
const any = fc.nat(7);
const hand = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(HANDS - 1) });
const status = fc.constantFrom('done' as const, 'failed' as const);
/** Most often a lease outlives the time that passes. */
const times = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(2, 3) });

/** Everything that can happen. Further calls of the contract find their place here. */
const STEPS = [
  step('enqueue', 8, {}, async (world) => {
    if (world.keys.filter((key) => isOpen(world.state, key)).length < MOST_OPEN) await enqueue(world, nextKey(world));
  }),
  step('enqueueAgain', 1, { any }, async (world, args) => {
    const key = pick(world.keys, args.any);
    if (key !== undefined && world.state.jobs[key]!.fields !== undefined) await enqueue(world, key);
  }),
  step('claim', 8, { any }, async (world, args) => {
    const by = pick(active(world), args.any);
    if (by !== undefined) await world.claim(by);
  }),
  step('renew', 6, { any, hand }, (world, args) => use(world, args, (by, held) => world.renew(by, held))),
  step('update', 4, { any, hand }, (world, args) => use(world, args, (by, held) => world.update(by, held))),
  step('settle', 3, { any, hand, status, expire: fc.boolean() }, (world, args) =>
    use(world, args, (by, held) =>
      world.settle(by, held, args.status, args.expire ? { childrenExpireSeconds: EXPIRE_SECONDS } : {}),
    ),
  ),
  step('addChildren', 4, { any, hand, count: fc.nat(2), other: any }, (world, args) =>
    use(world, args, (by, held) => world.addChildren(by, held, childrenFor(world, held.claim.key, args))),
  ),
  step('awaitChildren', 4, { any, hand }, (world, args) =>
    use(world, args, (by, held) => world.awaitChildren(by, held)),
  ),
  step('listChildren', 1, { any }, async (world, args) => {
    const key = pick(world.keys, args.any);
    if (key !== undefined) await world.listChildren(key);
  }),
  step('setAside', 1, { any, hand }, (world, args) =>
    use(world, args, (by, held) => world.settle(by, held, 'failed', { setAside: true })),
  ),
  step('giveBack', 3, { any, hand, keepAttempt: fc.boolean() }, (world, args) =>
    use(world, args, (by, held) => world.giveBack(by, held, args.keepAttempt)),
  ),
  // The worker that takes its place has its name, and knows nothing of its claims.
  step('crash', 1, { any }, async (world, args) => {
    const by = pick(withHands(active(world)), args.any);
    if (by !== undefined) by.hands = [];
  }),
  step('stop', 2, { any }, async (world, args) => {
    const by = pick(withHands(active(world)), args.any);
    if (by !== undefined) by.stopped = true;
  }),
  // Before all else, a worker that goes on renews what it believes to hold.
  step('goOn', 3, { any }, async (world, args) => {
    const by = pick(
      world.workers.filter((worker) => worker.stopped),
      args.any,
    );
    if (by === undefined) return;
    by.stopped = false;
    for (const held of by.hands.slice(0, HANDS)) await world.renew(by, held);
  }),
  step('pass', 5, { times }, (world, args) => world.pass(args.times)),
  step('recover', 5, {}, (world) => world.recover()),
  step('expire', 1, { any, seconds: fc.constantFrom(0, 100) }, async (world, args) => {
    const key = pick(world.keys, args.any);
    if (key !== undefined) await world.expire(key, args.seconds);
  }),
  step('cancel', 2, { any }, async (world, args) => {
    const key = pick(world.keys, args.any);
    if (key !== undefined) await world.cancel(key);
  }),
  step('retry', 3, { any }, async (world, args) => {
    const failed = world.keys.filter((key) => world.state.jobs[key]!.fields?.['status'] === 'failed');
    const key = pick(failed, args.any);
    if (key !== undefined) await world.retry(key);
  }),
  step('dead', 1, {}, (world) => world.listDead()),
  step('inspect', 2, { any }, async (world, args) => {
    const key = pick(world.keys, args.any);
    if (key !== undefined) await world.inspect(key);
  }),
  step('wait', 1, {}, wait),
];

const STEPS_OF_OTHERS = [
  step('oldConsumerTakes', 2, {}, async (world) => {
    const [expected, next] = takeAsOldConsumer(world.state);
    world.state = next;
    same(
      'an answer is that of the contract',
      'what an old consumer takes',
      await world.subject.others!.take(),
      expected,
    );
    if (expected !== undefined) moved(world, expected, [expected, ...world.oldConsumer]);
  }),
  step('oldConsumerEnds', 2, { any, status, dies: fc.boolean() }, async (world, args) => {
    const key = pick(world.oldConsumer, args.any);
    if (key === undefined) return;
    world.state = endAsOldConsumer(world.state, key, args.status, args.dies);
    await world.subject.others!.end(key, args.status, args.dies);
    moved(
      world,
      key,
      world.oldConsumer.filter((other) => other !== key),
    );
  }),
  step('janitorPutsBack', 2, { any }, async (world, args) => {
    const entries = Object.entries(world.state.lists).flatMap(([list, keys]) => keys.map((key) => ({ list, key })));
    const entry = pick(entries, args.any);
    if (entry === undefined) return;
    world.state = putBackAsJanitor(world.state, entry.list, entry.key);
    await world.subject.others!.putBack(entry.list, entry.key);
    moved(world, entry.key, world.oldConsumer);
  }),
];

/** Random things one after another, shown as a list of their names. */
export function manySteps(withOthers: boolean): fc.Arbitrary<Step[]> {
  const choices = withOthers ? [...STEPS, ...STEPS_OF_OTHERS] : STEPS;
  return fc.array(fc.oneof(...choices), { maxLength: MOST_STEPS, size: 'max' });
}

function step<Args extends object>(
  name: string,
  weight: number,
  args: { [Name in keyof Args]: fc.Arbitrary<Args[Name]> },
  run: (world: World, args: Args) => Promise<void>,
): fc.WeightedArbitrary<Step> {
  const arbitrary = (fc.record(args) as fc.Arbitrary<Args>).map((drawn): Step => {
    const values = Object.entries(drawn).map(([key, value]) => `${key}: ${String(value)}`);
    return Object.assign((world: World) => run(world, drawn), {
      [fc.toStringMethod]: () => `${name}(${values.join(', ')})`,
    });
  });
  return { weight, arbitrary };
}

/** A worker that is stopped does nothing. */
function active(world: World): WorkerState[] {
  return world.workers.filter((worker) => !worker.stopped);
}

function withHands(workers: readonly WorkerState[]): WorkerState[] {
  return workers.filter((worker) => worker.hands.length > 0);
}

/** A worker acts on one of its claims; now and then on one that is over, as if the answer had not reached it. */
async function use(
  world: World,
  args: { readonly any: number; readonly hand: number },
  run: (by: WorkerState, held: Hand) => Promise<void>,
): Promise<void> {
  const by = pick(withHands(active(world)), args.any);
  const held = pick(by?.hands.toSorted((one, other) => Number(one.over) - Number(other.over)) ?? [], args.hand);
  if (by !== undefined && held !== undefined) await run(by, held);
}

/** Waits for a job, which makes nothing move, and is waked by one that is there or comes. */
async function wait(world: World): Promise<void> {
  const bound = AbortSignal.timeout(WAKE_BOUND_MS);
  const waiting = world.broker.waitForJob(QUEUE, { timeoutMs: 2 * WAKE_BOUND_MS, signal: bound });
  if (world.state.queue.length === 0) await enqueue(world, nextKey(world));
  await waiting;
  hold('a waiting worker is waked', !bound.aborted, () => 'it was not');
}

function moved(world: World, key: string, oldConsumer: readonly string[]): void {
  world.moved.add(key);
  world.oldConsumer = oldConsumer;
}

function enqueue(world: World, key: string): Promise<void> {
  return world.enqueue(key, { status: 'new', scale: '1' });
}

/**
 * New children, and one job that is there already; nobody's child, and nobody's parent, so that no two wait for each other.
 */
function childrenFor(
  world: World,
  parent: string,
  { count, other }: { readonly count: number; readonly other: number },
): ModelChild[] {
  const jobs = Object.entries(world.state.jobs);
  const open = jobs.filter(([key]) => isOpen(world.state, key)).length;
  const made = Array.from({ length: open < MOST_OPEN_CHILDREN ? count : 0 }, (_, i) => ({
    key: `q:job-${jobs.length + i}`,
    fields: { status: 'new', scale: '1' },
  }));
  const isChild = (key: string): boolean => jobs.some(([, { children }]) => children[key] !== undefined);
  const free = jobs.flatMap(([key, { children, fields }]) =>
    key === parent || isChild(key) || Object.keys(children).length > 0 || fields === undefined ? [] : [key],
  );
  const taken = pick(free, other);
  if (taken === undefined) return made;
  return [...made, { key: taken, fields: other % 2 === 0 ? { status: 'new', scale: '1' } : undefined }];
}

function nextKey(world: World): string {
  return `q:job-${world.keys.length}`;
}

function pick<T>(from: readonly T[], index: number): T | undefined {
  return from[index % Math.max(1, from.length)];
}
