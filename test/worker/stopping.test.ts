import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js';
import { openProbeFleet, until, type ProbeFleet } from '../support/probe-worker.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';

/** What a stop may take on a busy machine where nothing is left to be waited for. */
const SOON_MS = 2_500;

(requireTool('redis-server') ? describe : describe.skip)('stopping a real worker', () => {
  let redis: RedisServer;
  let proxy: CuttingProxy;
  let fleet: ProbeFleet;

  beforeEach(async () => {
    redis = await startRedisServer();
    proxy = await startCuttingProxy(redis.port);
    fleet = await openProbeFleet(() => redis.url);
  });

  afterEach(async () => {
    await fleet.close();
    await proxy.close();
    await redis.stop();
  });

  const throughProxy = () => ({ BROKER_URL: `redis://127.0.0.1:${proxy.port}` });
  const waiting = async () => (await fleet.broker.queues(['probe']))[0]!.waiting;
  const inHand = async (host: string) => await redis.client().llen(`processing-probe:${host}`);

  /** The worker has done a job, found nothing after it, and waits. */
  async function untilIdle(): Promise<void> {
    await fleet.ended(await fleet.enqueue({}));
    await sleep(500);
  }

  async function timed<T>(work: Promise<T>): Promise<[T, number]> {
    const startedAt = performance.now();
    const result = await work;
    return [result, performance.now() - startedAt];
  }

  test('on an empty queue it ends at once, with 0', async () => {
    const worker = await fleet.start('idle', { EMPTY_QUEUE_TIMEOUT: '60' });
    await sleep(300);
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(SOON_MS);
  }, 60_000);

  test('it finishes the jobs in hand, claims no other, and ends with 0', async () => {
    const worker = await fleet.start('busy', {}, ['--concurrency', '2']);
    const keys = await Promise.all(Array.from({ length: 20 }, () => fleet.enqueue({ sleepMs: 700 })));
    const begun = await fleet.tried(2);
    worker.process.kill('SIGTERM');
    await sleep(100);
    const waitingThen = await waiting();
    const { code } = await worker.ended;
    expect(code).toBe(0);
    expect(await waiting()).toBe(waitingThen);
    expect(await inHand('busy')).toBe(0);
    const states = await Promise.all(keys.map(async (key) => (await fleet.broker.read(key))!['status']));
    const tried = (await fleet.tries()).length;
    expect(tried).toBeGreaterThanOrEqual(begun.length);
    expect(states.filter((status) => status === 'done')).toHaveLength(tried);
    expect(states.filter((status) => status === 'new')).toHaveLength(20 - tried);
  }, 60_000);

  test('a job whose claim is answered after the stop is done, not dropped', async () => {
    const worker = await fleet.start('late', throughProxy());
    await untilIdle();
    proxy.delayAnswerTo('processing-probe:', 1_200);
    const key = await fleet.enqueue({});
    await until(async () => ((await inHand('late')) === 1 ? true : undefined));
    expect(await worker.stop('SIGTERM')).toBe(0);
    expect(await fleet.broker.read(key)).toMatchObject({ status: 'done', updated_by: 'late' });
    expect(await fleet.tries(key)).toHaveLength(1);
    expect(await inHand('late')).toBe(0);
  }, 60_000);

  test('a job whose claim is not answered is left to its lease, and runs elsewhere', async () => {
    const worker = await fleet.start('deaf', { ...throughProxy(), REDIS_TIMEOUT: '30' });
    await untilIdle();
    proxy.delayAnswerTo('processing-probe:', 60_000);
    const key = await fleet.enqueue({});
    await until(async () => ((await inHand('deaf')) === 1 ? true : undefined));
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(3_000 + SOON_MS);
    await fleet.start('heir');
    expect(await fleet.ended(key)).toMatchObject({ status: 'done', updated_by: 'heir' });
    expect(await fleet.tries(key)).toHaveLength(1);
  }, 60_000);

  test('a second signal gives the job back at once, without counting the try', async () => {
    const worker = await fleet.start('hurried');
    const key = await fleet.enqueue({ sleepMs: 30_000 });
    await fleet.tried(1);
    worker.process.kill('SIGTERM');
    await sleep(200);
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    expect(code).toBe(143);
    expect(tookMs).toBeLessThan(SOON_MS);
    expect(await waiting()).toBe(1);
    expect(await fleet.broker.inspect(key)).toMatchObject({ attempts: 0, lease: undefined });
  }, 60_000);

  test('jobs that are not done by the drain deadline are given back', async () => {
    const worker = await fleet.start('slow', { KIOSK_DRAIN_TIMEOUT: '0.5' });
    await fleet.enqueue({ sleepMs: 30_000 });
    await fleet.tried(1);
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    expect(code).toBe(143);
    expect(tookMs).toBeLessThan(500 + SOON_MS);
    expect(await waiting()).toBe(1);
  }, 60_000);

  test('a job between two tries gets its next one before the end', async () => {
    const worker = await fleet.start('patient', { KIOSK_RETRY_BACKOFF: '1' });
    const key = await fleet.enqueue({ failures: 1 });
    await worker.sees('trying again');
    expect(await worker.stop('SIGTERM')).toBe(0);
    expect(await fleet.broker.read(key)).toMatchObject({ status: 'done' });
    expect(await fleet.tries()).toHaveLength(2);
  }, 60_000);

  test('a job in a long pause between two tries is given back at a second signal', async () => {
    const worker = await fleet.start('pausing', { KIOSK_RETRY_BACKOFF: '60' });
    await fleet.enqueue({ failures: 1 });
    await worker.sees('trying again');
    worker.process.kill('SIGTERM');
    await sleep(200);
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    expect(code).toBe(143);
    expect(tookMs).toBeLessThan(SOON_MS);
    expect(await waiting()).toBe(1);
    expect(await fleet.tries()).toHaveLength(1);
  }, 60_000);

  test('while Redis is away, an idle worker does not wait for it', async () => {
    const worker = await fleet.start('alone');
    redis.process.kill('SIGSTOP');
    await sleep(500);
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    redis.process.kill('SIGCONT');
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(3_000 + SOON_MS);
  }, 60_000);

  test('while Redis is away, jobs that can neither be settled nor given back do not outlast the drain deadline', async () => {
    const worker = await fleet.start('cut-off', { KIOSK_DRAIN_TIMEOUT: '1' });
    const key = await fleet.enqueue({ sleepMs: 500 });
    await fleet.tried(1);
    redis.process.kill('SIGSTOP');
    const [code, tookMs] = await timed(worker.stop('SIGTERM'));
    redis.process.kill('SIGCONT');
    expect(code).toBe(143);
    expect(tookMs).toBeLessThan(1_000 + 3_000 + SOON_MS);
    await fleet.start('heir');
    expect(await fleet.ended(key)).toMatchObject({ status: 'done' });
  }, 60_000);
});
