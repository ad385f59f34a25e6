import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Subject } from '../broker.js';
import { as, NO_FOREIGNERS, push, someQueue, take, takeAndLapse } from './jobs.js';

export function recovering(subject: Subject): void {
  test('a job whose lease has run out is put back once, by any worker, with its attempts', async () => {
    const [one, other] = [await subject().open(), await subject().open()];
    const queue = someQueue();
    const key = await push(one, queue);
    await takeAndLapse(one, queue, 'dead');
    expect(await one.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 1 }]);
    expect(await other.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 1 });
    expect(await one.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 0 });
    expect(await one.queues([queue])).toMatchObject([{ waiting: 1, inFlight: 0 }]);
    expect(await one.inspect(key)).toMatchObject({ attempts: 1, lease: undefined });
    expect(await take(other, queue, as('b'))).toMatchObject({ key, attempt: 2 });
  });

  test('jobs are put back in the order in which their leases ran out', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const [first, second] = [await push(broker, queue), await push(broker, queue)];
    const claim = await take(broker, queue, as('dead', 5000));
    await take(broker, queue, as('dead', 20));
    await broker.renew(claim, as('dead', 60));
    await sleep(100);
    expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 2 });
    const again = [await take(broker, queue, as('b')), await take(broker, queue, as('b'))];
    expect(again.map(({ key }) => key)).toEqual([second, first]);
  });

  test('each recovery counts one attempt', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    for (const attempt of [1, 2, 3]) {
      expect(await takeAndLapse(broker, queue, 'dead')).toMatchObject({ attempt });
      expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 1 });
    }
  });

  test('a job that is held stays where it is', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await take(broker, queue, as('a'));
    expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 0 });
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
  });

  test('a job whose hash has expired meanwhile is dropped', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await takeAndLapse(broker, queue, 'dead');
    await broker.expire(claim.key, 0);
    expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 0 });
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 0 }]);
    expect(await broker.read(claim.key)).toBeUndefined();
  });

  test('only jobs of the queue named are put back', async () => {
    const broker = await subject().open();
    const [queue, other] = [someQueue(), someQueue()];
    await push(broker, queue);
    await takeAndLapse(broker, queue, 'dead');
    expect(await broker.recover(other, NO_FOREIGNERS)).toMatchObject({ count: 0 });
    expect(await broker.recover(queue.toUpperCase(), NO_FOREIGNERS)).toMatchObject({ count: 1 });
  });
}
