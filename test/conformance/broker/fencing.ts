import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { parseTimestamp } from '../../../src/broker/timestamp.js';
import type { Subject } from '../broker.js';
import { as, NO_FOREIGNERS, push, someQueue, take, takeAndLapse } from './jobs.js';

export function fencing(subject: Subject): void {
  test('an update writes its fields, leaves the others, and stamps the hash', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue, { scale: '' });
    const claim = await take(broker, queue, as('a'));
    const before = parseTimestamp((await broker.read(key))?.['updated_at'])!;
    await sleep(5);
    expect(await broker.update(claim, as('a'), { status: 'started', identity_started: 'a' })).toBe(true);
    const hash = await broker.read(key);
    expect(hash).toMatchObject({ scale: '', status: 'started', identity_started: 'a', updated_by: 'a' });
    expect(parseTimestamp(hash?.['updated_at'])).toBeGreaterThan(before);
  });

  test('only settle may end a job', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await take(broker, queue, as('a'));
    await expect(broker.update(claim, as('a'), { status: 'done' })).rejects.toMatchObject({ code: 'KC_INTERNAL' });
    expect((await broker.read(claim.key))?.['status']).toBe('new');
  });

  test('renewing keeps a job from being taken by others', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await take(broker, queue, as('a', 500));
    for (let i = 0; i < 4; i += 1) {
      await sleep(200);
      expect(await broker.renew(claim, as('a', 500))).toBe(true);
      expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 0 });
    }
    expect((await broker.inspect(claim.key))?.lease?.remainingMs).toBeGreaterThan(200);
  });

  test('every write is refused once another worker has the job, and nothing is written', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const old = await takeAndLapse(broker, queue, 'a');
    expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 1 });
    const current = await take(broker, queue, as('b'));
    const before = await broker.read(old.key);
    expect(await broker.renew(old, as('a'))).toBe(false);
    expect(await broker.update(old, as('a'), { status: 'predicting' })).toBe(false);
    expect(await broker.giveBack(old, as('a'))).toBe(false);
    expect(await broker.settle(old, as('a'), { status: 'failed', reason: 'late' })).toBe(false);
    expect(await broker.read(old.key)).toEqual(before);
    expect(await broker.claim(queue, as('c'))).toBeUndefined();
    expect(await broker.settle(current, as('b'), { status: 'done' })).toBe(true);
    expect(await broker.settle(old, as('a'), { status: 'failed', reason: 'later' })).toBe(false);
    expect(await broker.read(old.key)).toMatchObject({ status: 'done', updated_by: 'b' });
  });

  test('workers of the same name do not touch each other’s jobs', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const old = await takeAndLapse(broker, queue, 'twin');
    await broker.recover(queue, NO_FOREIGNERS);
    const current = await take(broker, queue, as('twin'));
    expect(current.key).toBe(old.key);
    expect(await broker.update(old, as('twin'), { status: 'started' })).toBe(false);
    expect(await broker.settle(current, as('twin'), { status: 'done' })).toBe(true);
  });

  test('a worker that stalled goes on if nobody has taken its job', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await takeAndLapse(broker, queue, 'a');
    expect(await broker.renew(claim, as('a'))).toBe(true);
    expect(await broker.recover(queue, NO_FOREIGNERS)).toMatchObject({ count: 0 });
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
  });

  test('no write makes a hash again that has expired', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    for (const write of ['renew', 'update', 'settle', 'giveBack'] as const) {
      await push(broker, queue);
      const claim = await take(broker, queue, as('a'));
      await broker.expire(claim.key, 0);
      const taken =
        write === 'update' || write === 'settle'
          ? await broker[write](claim, as('a'), { status: write === 'settle' ? 'done' : 'started' } as {
              status: 'done';
            })
          : await broker[write](claim, as('a'));
      expect([write, taken]).toEqual([write, false]);
      expect(await broker.read(claim.key)).toBeUndefined();
    }
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 0 }]);
  });

  test('settling writes the result, and takes job, lease and counters away', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await take(broker, queue, as('a'));
    const result = { status: 'done', output_file_name: 'output/x.zip', total_jobs: '1' } as const;
    expect(await broker.settle(claim, as('a'), result)).toBe(true);
    expect(await broker.inspect(claim.key)).toMatchObject({ fields: result, attempts: undefined, lease: undefined });
    expect(await broker.queues([queue])).toMatchObject([{ waiting: 0, inFlight: 0 }]);
    expect(await broker.update(claim, as('a'), { status: 'started' })).toBe(false);
    expect(await broker.giveBack(claim, as('a'))).toBe(false);
    expect(await broker.read(claim.key)).toMatchObject(result);
  });

  test('an end that is sent again answers the same and writes nothing', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    const claim = await take(broker, queue, as('a'));
    expect(await broker.giveBack(claim, as('a'))).toBe(true);
    expect(await broker.giveBack(claim, as('a'))).toBe(true);
    const again = await take(broker, queue, as('a'));
    expect(await broker.claim(queue, as('a'))).toBeUndefined();
    expect(await broker.settle(again, as('a'), { status: 'done', output_file_name: 'first' })).toBe(true);
    const before = await broker.read(again.key);
    expect(await broker.settle(again, as('a'), { status: 'failed', output_file_name: 'second' })).toBe(true);
    expect(await broker.read(again.key)).toEqual(before);
  });

  test('a job given back goes to the end of its queue and counts its attempt, unless told otherwise', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const [first, second] = [await push(broker, queue), await push(broker, queue)];
    expect(await broker.giveBack(await take(broker, queue, as('a')), as('a'))).toBe(true);
    const other = await take(broker, queue, as('a'));
    expect(other).toMatchObject({ key: second, attempt: 1 });
    const again = await take(broker, queue, as('b'));
    expect(again).toMatchObject({ key: first, attempt: 2 });
    expect(await broker.giveBack(again, as('b'), { keepAttempt: true })).toBe(true);
    expect((await broker.inspect(first))?.attempts).toBe(1);
    expect(await take(broker, queue, as('c'))).toMatchObject({ key: first, attempt: 2 });
  });
}
