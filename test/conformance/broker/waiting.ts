import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startBrokerProcess } from '../../support/broker-process.js';
import type { Subject } from '../broker.js';
import { as, push, someQueue, take } from './jobs.js';

const never = new AbortController().signal;

async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

export function waiting(subject: Subject): void {
  test('a wait ends at once if a job waits already', async () => {
    const broker = await subject().open();
    const queue = someQueue();
    await push(broker, queue);
    expect(await timed(broker.waitForJob(queue, { timeoutMs: 5000, signal: never }))).toBeLessThan(1000);
  });

  test('a wait ends when the time is up', async () => {
    const broker = await subject().open();
    const waited = await timed(broker.waitForJob(someQueue(), { timeoutMs: 150, signal: never }));
    expect(waited).toBeGreaterThan(140);
    expect(waited).toBeLessThan(1000);
  });

  test('an aborted wait ends at once and does not throw', async () => {
    const broker = await subject().open();
    const abort = new AbortController();
    const wait = broker.waitForJob(someQueue(), { timeoutMs: 10_000, signal: abort.signal });
    await sleep(50);
    abort.abort();
    expect(await timed(wait)).toBeLessThan(50);
    expect(await timed(broker.waitForJob(someQueue(), { timeoutMs: 10_000, signal: abort.signal }))).toBeLessThan(50);
  });

  test('a push, a job given back and a recovery each wake every waiter of the queue', async () => {
    const [waiter, pusher] = [await subject().open(), await subject().open()];
    const queue = someQueue();
    const all = () =>
      Promise.all([1, 2, 3].map(() => waiter.waitForJob(queue.toUpperCase(), { timeoutMs: 8000, signal: never })));
    let wait = all();
    await sleep(100);
    await push(pusher, queue);
    expect(await timed(wait)).toBeLessThan(1000);
    const claim = await take(pusher, queue, as('a'));
    wait = all();
    await sleep(100);
    await pusher.giveBack(claim, as('a'));
    expect(await timed(wait)).toBeLessThan(1000);
    await take(pusher, queue, as('a', 20));
    wait = all();
    await sleep(100);
    await pusher.recover(queue, { foreignSilenceMs: 900_000 });
    expect(await timed(wait)).toBeLessThan(1000);
  });

  test('a push of another queue does not end a wait', async () => {
    const [waiter, pusher] = [await subject().open(), await subject().open()];
    const waited = timed(waiter.waitForJob(someQueue(), { timeoutMs: 400, signal: never }));
    await sleep(50);
    await push(pusher, someQueue());
    expect(await waited).toBeGreaterThan(380);
  });

  test('a job pushed by another process is in hand soon', async () => {
    const { url } = subject();
    // A broker that cannot be shared has no other process to wake it.
    if (url === undefined) return expect(subject().url).toBeUndefined();
    const broker = await subject().open();
    const queue = someQueue();
    const other = await startBrokerProcess(url);
    const latencies: number[] = [];
    try {
      for (let i = 0; i < 40; i += 1) {
        const wait = broker.waitForJob(queue, { timeoutMs: 8000, signal: never });
        await sleep(20 + 10 * Math.random());
        const pushing = other.call('push', queue, `${queue}:${i}`);
        await wait;
        const claim = await take(broker, queue, as('a'));
        latencies.push(performance.timeOrigin + performance.now() - Number(claim.fields['pushed_at']));
        await broker.settle(claim, as('a'), { status: 'done' });
        await pushing;
      }
    } finally {
      await other.stop();
    }
    const sorted = latencies.toSorted((a, b) => a - b);
    process.stderr.write(
      `wake ${broker.address}: p50 ${sorted[20]!.toFixed(1)} ms, p95 ${sorted[38]!.toFixed(1)} ms\n`,
    );
    expect(sorted[38]).toBeLessThan(500);
  });
}
