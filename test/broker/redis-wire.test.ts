import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Broker } from '../../src/broker/contract.js';
import { openBroker } from '../../src/broker/open.js';
import { wireTimestamp } from '../../src/broker/timestamp.js';
import { as, NO_FOREIGNERS, push, take, takeAndLapse } from '../conformance/broker/jobs.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';

const suite = requireTool('redis-server') ? describe : describe.skip;

suite('what other components of the Kiosk see in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let broker: Broker;

  beforeAll(async () => {
    server = await startRedisServer();
    redis = server.client();
    broker = await openBroker(server.url);
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    await broker.close();
    await server.stop();
  });

  /** Every key that looks like a processing list must be one: janitor, exporter and autoscaler rely on it. */
  async function expectOnlyListsInProcessing(): Promise<void> {
    for (const key of await redis.keys('processing-*')) expect([key, await redis.type(key)]).toEqual([key, 'list']);
  }

  /** What the Python consumer does when it takes a job. */
  async function takeAsPython(queue: string, host: string): Promise<string> {
    const key = await redis.rpoplpush(queue, `processing-${queue}:${host}`);
    if (key === null) throw new Error('nothing waits');
    await redis.hset(key, 'updated_at', wireTimestamp(Date.now()), 'updated_by', host);
    return key;
  }

  test('a job in hand stands in processing-<queue>:<host>, and all else of ours is under kiosk:', async () => {
    const key = await push(broker, 'Predict');
    expect(await redis.lrange('predict', 0, -1)).toEqual([key]);
    const claim = await take(broker, 'Predict', as('pod-5c-x2'));
    expect(await redis.lrange('processing-predict:pod-5c-x2', 0, -1)).toEqual([key]);
    expect(await redis.llen('predict')).toBe(0);
    await broker.update(claim, as('pod-5c-x2'), { status: 'started' });
    await expectOnlyListsInProcessing();
    const others = (await redis.keys('*')).filter((name) => !name.startsWith('kiosk:'));
    expect(others.toSorted()).toEqual([key, 'processing-predict:pod-5c-x2'].toSorted());
    await broker.settle(claim, as('pod-5c-x2'), { status: 'done', output_url: 'x' });
    expect((await redis.keys('*')).filter((name) => !name.startsWith('kiosk:'))).toEqual([key]);
  });

  test('nothing of ours stays for ever once the jobs are done', async () => {
    await push(broker, 'q');
    await push(broker, 'q');
    const claim = await take(broker, 'q', as('a'));
    await broker.settle(claim, as('a'), { status: 'done' });
    await broker.giveBack(await take(broker, 'q', as('a')), as('a'));
    await broker.settle(await take(broker, 'q', as('a')), as('a'), { status: 'failed', reason: 'x' });
    await broker.recover('q', NO_FOREIGNERS);
    for (const key of await redis.keys('kiosk:*')) expect([key, (await redis.ttl(key)) > 0]).toEqual([key, true]);
  });

  test('entries that are no hashes are dropped', async () => {
    await redis.lpush('a-list', 'x');
    await redis.hset('kiosk:job:x', 'attempts', '7');
    await redis.lpush('q', 'a-list', 'q', 'no such key', '', 'kiosk:job:x', Buffer.from([0xff, 0xfe]));
    const key = await push(broker, 'q');
    expect((await take(broker, 'q', as('a'))).key).toBe(key);
    expect(await broker.claim('q', as('a'))).toBeUndefined();
    expect(await redis.lrange('processing-q:a', 0, -1)).toEqual([key]);
    expect(await redis.hgetall('kiosk:job:x')).toEqual({ attempts: '7' });
    expect(await redis.exists('no such key', '')).toBe(0);
    expect(await redis.lrange('a-list', 0, -1)).toEqual(['x']);
  });

  test('a job whose name is no text ends failed with a reason', async () => {
    const name = Buffer.from([0x71, 0x3a, 0xc3, 0x28]);
    await redis.hset(name, 'status', 'new');
    await redis.lpush('q', name);
    expect(await broker.claim('q', as('a'))).toBeUndefined();
    expect(await redis.hgetall(name as unknown as string)).toMatchObject({ status: 'failed', updated_by: 'a' });
    expect(await redis.keys('processing-*')).toEqual([]);
  });

  test('thousands of dead entries do not hide a live one', async () => {
    const dead = Array.from({ length: 3000 }, (_, i) => `gone:${i}`);
    await redis.lpush('q', ...dead);
    const key = await push(broker, 'q');
    expect((await take(broker, 'q', as('a'))).key).toBe(key);
  });

  test('an idle worker, a claim, two updates and a settlement are five commands', async () => {
    await broker.ping();
    const warm = await broker.claim('q', as('a'));
    expect(warm).toBeUndefined();
    const wait = broker.waitForJob('q', { timeoutMs: 5000, signal: new AbortController().signal });
    await sleep(100);
    await push(broker, 'warm');
    const first = await take(broker, 'warm', as('a'));
    await broker.update(first, as('a'), { status: 'started' });
    await broker.settle(first, as('a'), { status: 'done' });
    const monitor = await redis.monitor();
    const commands: string[] = [];
    monitor.on('monitor', (_: string, args: string[], source: string) => {
      if (source !== 'lua') commands.push(args[0]!.toUpperCase());
    });
    await redis.hset('job', 'status', 'new');
    await redis.lpush('q', 'job');
    await wait;
    const claim = await take(broker, 'q', as('a'));
    await broker.update(claim, as('a'), { status: 'started' });
    await broker.update(claim, as('a'), { status: 'predicting' });
    await broker.settle(claim, as('a'), { status: 'done' });
    await sleep(50);
    monitor.disconnect();
    // The blocking command was sent before; claim, two updates and the settlement follow.
    expect(commands).toEqual(['HSET', 'LPUSH', 'EVALSHA', 'EVALSHA', 'EVALSHA', 'EVALSHA']);
  });

  test('waiting changes neither the queue nor anything else', async () => {
    await redis.lpush('q', 'one', 'two', 'three');
    await broker.waitForJob('q', { timeoutMs: 1000, signal: new AbortController().signal });
    expect(await redis.lrange('q', 0, -1)).toEqual(['three', 'two', 'one']);
    expect(await redis.keys('*')).toEqual(['q']);
  });

  test('an old consumer and ours share a queue, and no job is done twice', async () => {
    const keys: string[] = [];
    for (let i = 0; i < 20; i += 1) keys.push(await push(broker, 'q'));
    const done: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      const claim = await take(broker, 'q', as('ours'));
      const theirs = await takeAsPython('q', 'theirs');
      await redis.hset(theirs, 'status', 'done');
      await redis.lrem('processing-q:theirs', 1, theirs);
      await broker.settle(claim, as('ours'), { status: 'done' });
      done.push(claim.key, theirs);
    }
    expect(done).toEqual(keys);
    expect(await redis.keys('processing-*')).toEqual([]);
  });

  test('a result of somebody else is not overwritten', async () => {
    const key = await push(broker, 'q');
    const claim = await take(broker, 'q', as('a'));
    await redis.hset(key, 'status', 'done', 'output_url', 'theirs');
    expect(await broker.update(claim, as('a'), { status: 'started' })).toBe(false);
    expect(await broker.settle(claim, as('a'), { status: 'failed' })).toBe(false);
    expect(await redis.hgetall(key)).toMatchObject({ status: 'done', output_url: 'theirs' });
    expect(await redis.keys('processing-*')).toEqual([]);
  });

  test('a job that the janitor put back while its worker lives is not done twice', async () => {
    const key = await push(broker, 'q');
    const claim = await take(broker, 'q', as('a'));
    await redis.lrem('processing-q:a', 1, key);
    await redis.lpush('q', key);
    expect(await broker.claim('q', as('b'))).toBeUndefined();
    expect(await redis.lrange('processing-q:a', 0, -1)).toEqual([key]);
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
    expect((await redis.keys('*')).filter((name) => !name.startsWith('kiosk:'))).toEqual([key]);
  });

  test('a job that the janitor put back after its worker died is in the queue once', async () => {
    const key = await push(broker, 'q');
    await takeAndLapse(broker, 'q', 'dead');
    await redis.lrem('processing-q:dead', 1, key);
    await redis.lpush('q', key);
    expect(await broker.recover('q', NO_FOREIGNERS)).toMatchObject({ count: 1 });
    expect(await redis.lrange('q', 0, -1)).toEqual([key]);
    expect(await take(broker, 'q', as('b'))).toMatchObject({ key, attempt: 2 });
  });

  test('a job that the janitor put back while its worker gives it back is in the queue once', async () => {
    const key = await push(broker, 'q');
    const claim = await take(broker, 'q', as('a'));
    await redis.lrem('processing-q:a', 1, key);
    await redis.lpush('q', key);
    expect(await broker.giveBack(claim, as('a'))).toBe(true);
    expect(await redis.lrange('q', 0, -1)).toEqual([key]);
  });

  test('a job that an old consumer and a worker of ours have lost is in the queue once', async () => {
    const key = await push(broker, 'q');
    await takeAndLapse(broker, 'q', 'dead');
    await redis.lrem('processing-q:dead', 1, key);
    await redis.lpush('q', key);
    await takeAsPython('q', 'old-pod');
    await redis.hset(key, 'updated_at', wireTimestamp(0));
    await broker.recover('q', { foreignSilenceMs: 1000 });
    expect(await redis.lrange('q', 0, -1)).toEqual([key]);
    expect(await redis.keys('processing-*')).toEqual([]);
  });

  test('jobs of an old consumer are adopted after its silence, not before', async () => {
    const stamps = {
      silent: wireTimestamp(Date.now() - 60_000),
      zulu: new Date(Date.now() - 60_000).toISOString(),
      blank: wireTimestamp(Date.now() - 60_000).replace('T', ' '),
      busy: wireTimestamp(Date.now() - 1000),
      eastern: wireTimestamp(Date.now() + 3_599_000).replace('+00:00', '+01:00'),
    };
    for (const [key, updated_at] of Object.entries(stamps)) {
      await redis.hset(key, { status: 'started', updated_at });
      await redis.lpush('processing-q:old-pod', key);
    }
    await redis.hset('other', { status: 'started', updated_at: stamps.silent });
    await redis.lpush('processing-q-zip:old-pod', 'other');
    await redis.hset('ended', { status: 'failed', updated_at: stamps.silent });
    await redis.lpush('processing-q:old-pod', 'ended', 'no such hash');
    expect(await broker.recover('q', { foreignSilenceMs: 30_000 })).toMatchObject({ count: 3 });
    expect((await redis.lrange('q', 0, -1)).toSorted()).toEqual(['blank', 'silent', 'zulu']);
    expect((await redis.lrange('processing-q:old-pod', 0, -1)).toSorted()).toEqual(['busy', 'eastern']);
    expect(await redis.lrange('processing-q-zip:old-pod', 0, -1)).toEqual(['other']);
    expect(await redis.exists('no such hash')).toBe(0);
    expect((await take(broker, 'q', as('a'))).attempt).toBe(1);
  });

  test('without a readable updated_at the silence counts from the first sight', async () => {
    await redis.hset('naive', { status: 'started', updated_at: '2020-01-01T00:00:00' });
    await redis.hset('bare', { status: 'started' });
    await redis.lpush('processing-q:old-pod', 'naive', 'bare');
    expect(await broker.recover('q', { foreignSilenceMs: 400 })).toMatchObject({ count: 0 });
    await sleep(150);
    expect(await broker.recover('q', { foreignSilenceMs: 400 })).toMatchObject({ count: 0 });
    await sleep(350);
    expect(await broker.recover('q', { foreignSilenceMs: 400 })).toMatchObject({ count: 2 });
    expect(await redis.llen('q')).toBe(2);
  });

  test('a queue name with signs of a pattern finds only its own lists', async () => {
    await redis.hset('job', { status: 'started', updated_at: wireTimestamp(0) });
    await redis.lpush('processing-qab:pod', 'job');
    expect(await broker.recover('q[a]*', { foreignSilenceMs: 1000 })).toMatchObject({ count: 0 });
    await redis.lpush('processing-q[a]*:pod', 'job');
    await sleep(300);
    expect(await broker.recover('q[a]*', { foreignSilenceMs: 1000 })).toMatchObject({ count: 1 });
  });

  test('a job in two lists of old consumers is put back once', async () => {
    await redis.hset('job', { status: 'started', updated_at: wireTimestamp(0) });
    await redis.lpush('processing-q:one', 'job');
    await redis.lpush('processing-q:two', 'job');
    await broker.recover('q', { foreignSilenceMs: 1000 });
    const claim = await take(broker, 'q', as('a'));
    expect(await broker.claim('q', as('b'))).toBeUndefined();
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
  });
});
