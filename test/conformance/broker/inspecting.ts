import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { frontendTimestamp } from '../../../src/broker/timestamp.js';
import type { Subject } from '../broker.js';
import { as, push, someQueue, take } from './jobs.js';

export function inspecting(subject: Subject): void {
  test('a broker that is there answers a ping', async () => {
    const broker = await subject().open();
    await expect(broker.ping()).resolves.toBeUndefined();
  });

  test('what is not there is undefined', async () => {
    const broker = await subject().open();
    expect(await broker.read('no such hash')).toBeUndefined();
    expect(await broker.inspect('no such hash')).toBeUndefined();
    expect(await broker.readCache('no such hash')).toBeUndefined();
    expect(await broker.expire('no such hash', 10)).toBe(false);
  });

  test('a job shows its attempts and who holds it for how long', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    expect(await broker.inspect(key)).toEqual({
      key,
      fields: { status: 'new' },
      attempts: undefined,
      lease: undefined,
      note: undefined,
      deaths: [],
      setAside: false,
    });
    await take(broker, queue, as('pod-1', 10_000));
    const state = await broker.inspect(key);
    expect(state).toMatchObject({ attempts: 1, lease: { worker: 'pod-1', queue } });
    expect(state?.lease?.remainingMs).toBeGreaterThan(8000);
    expect(state?.lease?.remainingMs).toBeLessThanOrEqual(10_000);
  });

  test('a queue shows its depth, what is in hand, and the age of its oldest job', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    expect(await broker.queues([queue])).toEqual([{ queue, waiting: 0, inFlight: 0, oldestMs: undefined }]);
    await push(broker, queue, { created_at: frontendTimestamp(Date.now() - 60_000) });
    await push(broker, queue, { created_at: frontendTimestamp(Date.now() - 30_000) });
    await push(broker, queue);
    await take(broker, queue, as('a'));
    const [state] = await broker.queues([queue.toUpperCase()]);
    expect(state).toMatchObject({ queue, waiting: 2, inFlight: 1 });
    expect(Math.abs(state!.oldestMs! - 30_000)).toBeLessThan(2000);
    expect(await broker.queues()).toContainEqual(expect.objectContaining({ queue, waiting: 2, inFlight: 1 }));
  });

  test('a hash vanishes when its time is up, and its name can be used again', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    const key = await push(broker, queue);
    expect(await broker.expire(key, 1)).toBe(true);
    expect(await broker.read(key)).toBeDefined();
    await sleep(1100);
    expect(await broker.read(key)).toBeUndefined();
    expect(await broker.expire(key, 1)).toBe(false);
    await broker.enqueue(queue, key, { status: 'new', again: 'yes' });
    expect((await take(broker, queue, as('a'))).fields).toMatchObject({ again: 'yes' });
    expect(await broker.claim(queue, as('a'))).toBeUndefined();
  });

  test('a cached value is shared and lives for its time', async () => {
    const [one, other] = [await subject().open(), await subject().open()];
    const key = `Model ${someQueue()}:6`;
    await one.writeCache(key, '{"a":1}', 1);
    expect(await other.readCache(key)).toBe('{"a":1}');
    expect(await other.read(key)).toEqual({ metadata: '{"a":1}' });
    await one.writeCache(key, '{"a":2}', 1);
    expect(await other.readCache(key)).toBe('{"a":2}');
    await sleep(1100);
    expect(await other.readCache(key)).toBeUndefined();
  });
}
