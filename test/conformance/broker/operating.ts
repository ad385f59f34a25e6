import { expect, test } from '@jest/globals';
import type { Subject } from '../broker.js';
import { as, NO_FOREIGNERS, push, someQueue, take, takeAndLapse } from './jobs.js';

const CANCELLED = { status: 'failed', reason: 'JobCancelledError: cancelled', finished_at: 'now' } as const;
const FAILED = { status: 'failed', reason: 'PredictionError: down', finished_at: 'now' } as const;
const NOTE = { stage: 'prediction', memoryMB: 123 };

export function operating(subject: Subject): void {
  test('a waiting job that is cancelled is failed at once and never taken', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    expect(await broker.cancel(key, 'operator', CANCELLED)).toEqual({ was: 'waiting' });
    expect(await broker.read(key)).toMatchObject({ ...CANCELLED, updated_by: 'operator' });
    expect(await broker.claim(queue, as('a'))).toBeUndefined();
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 0 }]);
  });

  test('a running job that is cancelled is failed at once, and its worker can write no more', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    const claim = await take(broker, queue, as('a'));
    expect(await broker.cancel(key, 'operator', CANCELLED)).toEqual({ was: 'running', worker: 'a' });
    expect(await broker.renew(claim, as('a'))).toBe(false);
    expect(await broker.update(claim, as('a'), { status: 'predicting' })).toBe(false);
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(false);
    expect(await broker.giveBack(claim, as('a'))).toBe(false);
    expect(await broker.recover(queue, NO_FOREIGNERS)).toEqual({ count: 0, nextInMs: undefined });
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 0 }]);
    expect(await broker.read(key)).toMatchObject(CANCELLED);
  });

  test('what has ended or never was cannot be cancelled', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    await broker.settle(await take(broker, queue, as('a')), as('a'), { status: 'done' });
    expect(await broker.cancel(key, 'operator', CANCELLED)).toEqual({ was: 'final' });
    expect(await broker.read(key)).toMatchObject({ status: 'done' });
    expect(await broker.cancel('no such job', 'operator', CANCELLED)).toEqual({ was: 'missing' });
    expect(await broker.read('no such job')).toBeUndefined();
  });

  test('a worker that dies leaves its last note as evidence, for whoever takes the job next', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    const claim = await take(broker, queue, as('dead', 200));
    expect(claim).toMatchObject({ deaths: [], leftovers: [] });
    expect(await broker.renew(claim, as('dead', 20), { note: NOTE })).toBe(true);
    expect(await broker.inspect(key)).toMatchObject({ note: NOTE, deaths: [] });
    await new Promise((resolve) => setTimeout(resolve, 40));
    const before = Date.now();
    await broker.recover(queue, NO_FOREIGNERS);
    const next = await take(broker, queue, as('b'));
    expect(next.deaths).toMatchObject([{ worker: 'dead', attempt: 1, note: NOTE }]);
    expect(Math.abs(next.deaths[0]!.at - before)).toBeLessThan(5000);
    expect(await broker.inspect(key)).toMatchObject({ deaths: next.deaths, note: undefined });
  });

  test('only the last five deaths are kept', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    for (let attempt = 1; attempt <= 7; attempt++) {
      await takeAndLapse(broker, queue, `dead-${attempt}`);
      await broker.recover(queue, NO_FOREIGNERS);
    }
    const { deaths } = await take(broker, queue, as('b'));
    expect(deaths.map(({ worker }) => worker)).toEqual(['dead-3', 'dead-4', 'dead-5', 'dead-6', 'dead-7']);
  });

  test('objects that a dead worker may have made are named to the next one, those of a job given back are not', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await take(broker, queue, as('dead', 200));
    await broker.update(claim, as('dead', 20), { status: 'saving-results' }, { uploads: ['output/a.zip'] });
    await new Promise((resolve) => setTimeout(resolve, 40));
    await broker.recover(queue, NO_FOREIGNERS);
    const next = await take(broker, queue, as('b'));
    expect(next.leftovers).toEqual(['output/a.zip']);
    await broker.update(next, as('b'), {}, { uploads: ['output/b.zip'] });
    await broker.giveBack(next, as('b'));
    expect((await take(broker, queue, as('c'))).leftovers).toEqual([]);
  });

  test('the next time at which a lease runs out is told', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    expect(await broker.recover(queue, NO_FOREIGNERS)).toEqual({ count: 0, nextInMs: undefined });
    await take(broker, queue, as('a', 5000));
    const { nextInMs } = await broker.recover(queue, NO_FOREIGNERS);
    expect(nextInMs).toBeGreaterThan(3000);
    expect(nextInMs).toBeLessThanOrEqual(5000);
  });

  test('leases that ran out while nobody could renew them get some more time', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const outage = { afterMs: 300, graceMs: 200 };
    const options = { ...NO_FOREIGNERS, outage };
    await broker.recover(queue, options);
    const claim = await takeAndLapse(broker, queue, 'a');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await broker.recover(queue, options)).toMatchObject({ count: 0 });
    expect(await broker.renew(claim, as('a', 20))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await broker.recover(queue, options)).toMatchObject({ count: 1 });
  });

  test('jobs of a dead worker come before those that wait', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const first = await push(broker, queue);
    await push(broker, queue);
    await takeAndLapse(broker, queue, 'dead');
    await broker.recover(queue, NO_FOREIGNERS);
    expect(await take(broker, queue, as('b'))).toMatchObject({ key: first });
  });

  test('a job set aside is failed like any other, and listed with its queue and its deaths', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    await takeAndLapse(broker, queue, 'dead');
    await broker.recover(queue, NO_FOREIGNERS);
    const claim = await take(broker, queue, as('b'));
    expect(await broker.settle(claim, as('b'), FAILED, { setAside: true })).toBe(true);
    expect(await broker.settle(claim, as('b'), FAILED, { setAside: true })).toBe(true);
    expect(await broker.read(key)).toMatchObject(FAILED);
    const found = (await broker.dead()).filter((job) => job.key === key);
    expect(found).toMatchObject([{ key, queue, fields: FAILED, deaths: [{ worker: 'dead' }] }]);
    expect(await broker.inspect(key)).toMatchObject({ setAside: true, lease: undefined });
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 0 }]);
    await broker.expire(key, 0);
    expect((await broker.dead()).some((job) => job.key === key)).toBe(false);
  });

  test('a job set aside can be made new: as its submitter made it, in its queue, with a clean record', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue, { scale: '2', created_at: 'then' });
    await takeAndLapse(broker, queue, 'dead');
    await broker.recover(queue, NO_FOREIGNERS);
    const claim = await take(broker, queue, as('b'));
    await broker.update(claim, as('b'), { status: 'predicting', download_time: '1', identity_started: 'b' });
    await broker.settle(claim, as('b'), FAILED, { setAside: true });
    await broker.expire(key, 3600);
    expect(await broker.retry(key, 'operator')).toEqual({ outcome: 'queued', queue });
    const { updated_at, ...fields } = (await broker.read(key))!;
    expect(updated_at).toMatch(/\+00:00$/);
    expect(fields).toEqual({ scale: '2', created_at: 'then', status: 'new', updated_by: 'operator' });
    expect((await broker.dead()).some((job) => job.key === key)).toBe(false);
    const again = await take(broker, queue, as('c'));
    expect(again).toMatchObject({ key, attempt: 1, deaths: [] });
    expect(await broker.settle(again, as('c'), { status: 'done' })).toBe(true);
  });

  test('a job that failed for good can be made new if its queue is named', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    await broker.settle(await take(broker, queue, as('a')), as('a'), FAILED);
    expect(await broker.retry(key, 'operator')).toEqual({ outcome: 'unknown-queue' });
    expect(await broker.read(key)).toMatchObject(FAILED);
    expect(await broker.retry(key, 'operator', queue.toUpperCase())).toEqual({ outcome: 'queued', queue });
    expect(await take(broker, queue, as('b'))).toMatchObject({ key, attempt: 1 });
  });

  test('only failed jobs can be made new', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    expect(await broker.retry(key, 'operator', queue)).toEqual({ outcome: 'not-failed' });
    await broker.settle(await take(broker, queue, as('a')), as('a'), { status: 'done' });
    expect(await broker.retry(key, 'operator', queue)).toEqual({ outcome: 'not-failed' });
    expect(await broker.retry('no such job', 'operator', queue)).toEqual({ outcome: 'missing' });
  });
}
