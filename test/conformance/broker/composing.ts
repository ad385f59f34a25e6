import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Broker, ChildJob, Claim } from '../../../src/broker/contract.js';
import type { Subject } from '../broker.js';
import { as, NO_FOREIGNERS, push, someQueue, take, takeAndLapse } from './jobs.js';

const CANCELLED = { status: 'failed', reason: 'JobCancelledError: cancelled', finished_at: 'now' } as const;

/** A parent in hand, in a queue of its own, and a queue for its children. */
async function parentIn(broker: Broker): Promise<{ claim: Claim; queue: string; childQueue: string }> {
  const queue = someQueue();
  await push(broker, queue);
  return { claim: await take(broker, queue, as('parent')), queue, childQueue: someQueue() };
}

function child(queue: string, name: string): ChildJob {
  return { queue, key: `${queue}:${name}`, fields: { status: 'new', original_name: name } };
}

export function composing(subject: Subject): void {
  test('a job waits in nobody’s hand for its children, and goes on when the last has ended', async () => {
    const broker = await subject().open();
    const { claim, queue, childQueue } = await parentIn(broker);
    expect(claim.children).toBeUndefined();
    const children = [child(childQueue, 'a'), child(childQueue, 'b')];
    expect(await broker.addChildren(claim, as('parent'), children)).toBe(true);
    expect(await broker.awaitChildren(claim, as('parent'), { status: 'waiting' })).toBe(true);
    expect(await broker.renew(claim, as('parent'))).toBe(false);
    expect(await broker.claim(queue, as('b'))).toBeUndefined();
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 1 }]);
    const [a, b] = [await take(broker, childQueue, as('c')), await take(broker, childQueue, as('d'))];
    expect(a).toMatchObject({ key: children[0]!.key, fields: { original_name: 'a' }, attempt: 1 });
    await broker.settle(a, as('c'), { status: 'done', output_file_name: 'a.zip' });
    expect(await broker.claim(queue, as('b'))).toBeUndefined();
    expect(await broker.inspect(claim.key)).toMatchObject({ children: { total: 2, done: 1, failed: 0, gone: 0 } });
    await broker.settle(b, as('d'), { status: 'failed', reason: 'no' });
    const again = await take(broker, queue, as('b'));
    expect(again).toMatchObject({ key: claim.key, attempt: 1, children: { total: 2, done: 1, failed: 1, gone: 0 } });
    expect(await broker.listChildren(claim.key, ['output_file_name', 'reason'], 0, 10)).toEqual([
      { key: a.key, fields: { status: 'done', output_file_name: 'a.zip' } },
      { key: b.key, fields: { status: 'failed', reason: 'no' } },
    ]);
    expect(await broker.listChildren(claim.key, [], 1, 1)).toEqual([{ key: b.key, fields: { status: 'failed' } }]);
    expect(await broker.settle(again, as('b'), { status: 'done' }, { childrenExpireSeconds: 0 })).toBe(true);
    expect(await broker.read(a.key)).toBeUndefined();
    expect(await broker.inspect(claim.key)).toMatchObject({ children: undefined });
  });

  test('a waiting worker is waked for the job whose last child has ended', async () => {
    const broker = await subject().open();
    const other = await subject().open();
    const { claim, queue, childQueue } = await parentIn(broker);
    await broker.addChildren(claim, as('parent'), [child(childQueue, 'a')]);
    await broker.awaitChildren(claim, as('parent'), { status: 'waiting' });
    const bound = AbortSignal.timeout(5000);
    const waked = other.waitForJob(queue, { timeoutMs: 10_000, signal: bound });
    await broker.settle(await take(broker, childQueue, as('c')), as('c'), { status: 'done' });
    await waked;
    expect(bound.aborted).toBe(false);
    expect(await take(other, queue, as('b'))).toMatchObject({ key: claim.key });
  });

  test('a job that made its children a second time has each of them once', async () => {
    const broker = await subject().open();
    const { claim, queue, childQueue } = await parentIn(broker);
    await broker.addChildren(claim, as('parent', 20), [child(childQueue, 'a')]);
    await sleep(40);
    await broker.recover(queue, NO_FOREIGNERS);
    const again = await take(broker, queue, as('next'));
    expect(again.children).toEqual({ total: 1, done: 0, failed: 0, gone: 0 });
    expect(await broker.addChildren(claim, as('parent'), [child(childQueue, 'c')])).toBe(false);
    await broker.addChildren(again, as('next'), [child(childQueue, 'a'), child(childQueue, 'b')]);
    expect(await broker.queues([childQueue])).toMatchObject([{ waiting: 2 }]);
    expect((await broker.listChildren(claim.key, [], 0, 10)).map(({ key }) => key)).toEqual([
      `${childQueue}:a`,
      `${childQueue}:b`,
    ]);
  });

  test('what had ended before is counted at once; what had failed is done anew', async () => {
    const broker = await subject().open();
    const { claim, queue, childQueue } = await parentIn(broker);
    for (const [name, status] of [
      ['good', 'done'],
      ['bad', 'failed'],
    ] as const) {
      const { key, fields } = child(childQueue, name);
      await broker.enqueue(childQueue, key, fields!);
      await broker.settle(await take(broker, childQueue, as('c')), as('c'), { status });
    }
    const gone = { queue: childQueue, key: `${childQueue}:gone` };
    await broker.addChildren(claim, as('parent'), [child(childQueue, 'good'), child(childQueue, 'bad'), gone]);
    await broker.awaitChildren(claim, as('parent'), { status: 'waiting' });
    expect(await broker.inspect(claim.key)).toMatchObject({ children: { total: 3, done: 1, failed: 0, gone: 1 } });
    const bad = await take(broker, childQueue, as('c'));
    expect(bad).toMatchObject({ key: `${childQueue}:bad`, attempt: 1, fields: { status: 'new' } });
    await broker.settle(bad, as('c'), { status: 'done' });
    expect(await take(broker, queue, as('b'))).toMatchObject({ children: { total: 3, done: 2, failed: 0, gone: 1 } });
  });

  test('a job without children to wait for goes on at once', async () => {
    const broker = await subject().open();
    const { claim, queue } = await parentIn(broker);
    expect(await broker.awaitChildren(claim, as('parent'), { status: 'waiting' })).toBe(true);
    expect(await broker.awaitChildren(claim, as('parent'), { status: 'waiting' })).toBe(true);
    expect(await take(broker, queue, as('b'))).toMatchObject({ key: claim.key, fields: { status: 'waiting' } });
  });

  test('a child of a dead worker is done by another, and counted once', async () => {
    const broker = await subject().open();
    const { claim, queue, childQueue } = await parentIn(broker);
    await broker.addChildren(claim, as('parent'), [child(childQueue, 'a')]);
    await broker.awaitChildren(claim, as('parent'), { status: 'waiting' });
    const lost = await takeAndLapse(broker, childQueue, 'dead');
    await broker.recover(childQueue, NO_FOREIGNERS);
    const held = await take(broker, childQueue, as('c'));
    expect(await broker.settle(lost, as('dead'), { status: 'failed' })).toBe(false);
    await broker.settle(held, as('c'), { status: 'done' });
    await broker.settle(held, as('c'), { status: 'done' });
    expect(await take(broker, queue, as('b'))).toMatchObject({ children: { total: 1, done: 1, failed: 0, gone: 0 } });
  });

  test('a job that is cancelled takes its children with it; a child that is cancelled counts as failed', async () => {
    const broker = await subject().open();
    const { claim, queue, childQueue } = await parentIn(broker);
    await broker.addChildren(claim, as('parent'), [child(childQueue, 'a'), child(childQueue, 'b')]);
    await broker.awaitChildren(claim, as('parent'), { status: 'waiting' });
    const running = await take(broker, childQueue, as('c'));
    expect(await broker.cancel(claim.key, 'operator', CANCELLED)).toEqual({ was: 'waiting' });
    for (const key of [claim.key, `${childQueue}:a`, `${childQueue}:b`]) {
      expect(await broker.read(key)).toMatchObject(CANCELLED);
    }
    expect(await broker.renew(running, as('c'))).toBe(false);
    expect(await broker.claim(childQueue, as('c'))).toBeUndefined();
    expect(await broker.queues([queue, childQueue])).toMatchObject([
      { waiting: 0, inFlight: 0 },
      { waiting: 0, inFlight: 0 },
    ]);

    const next = await parentIn(broker);
    await broker.addChildren(next.claim, as('parent'), [child(next.childQueue, 'a')]);
    await broker.awaitChildren(next.claim, as('parent'), { status: 'waiting' });
    await broker.cancel(`${next.childQueue}:a`, 'operator', CANCELLED);
    expect(await take(broker, next.queue, as('b'))).toMatchObject({ children: { total: 1, failed: 1 } });
  });

  test('children that a job ends without are cancelled', async () => {
    const broker = await subject().open();
    const { claim, childQueue } = await parentIn(broker);
    await broker.addChildren(claim, as('parent'), [child(childQueue, 'a')]);
    await broker.settle(claim, as('parent'), { status: 'failed', reason: 'no' });
    expect(await broker.read(`${childQueue}:a`)).toMatchObject({
      status: 'failed',
      reason: 'JobCancelledError: The job that waited for this one has ended.',
    });
  });
}
