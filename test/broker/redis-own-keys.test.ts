import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Broker } from '../../src/broker/contract.js';
import { openBroker } from '../../src/broker/open.js';
import { as, NO_FOREIGNERS, push, take, takeAndLapse } from '../conformance/broker/jobs.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';

const suite = requireTool('redis-server') ? describe : describe.skip;
const FAILED = { status: 'failed', reason: 'x' } as const;
const NOTE = { stage: 'x', memoryMB: 1 };

suite('what is kept in Redis beside the jobs', () => {
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

  describe('a key of ours that somebody has given another type', () => {
    const names = (key: string): string[] => [
      ...['job', 'children', 'pending'].map((kind) => `kiosk:${kind}:${key}`),
      ...['leases', 'parked', 'silent'].map((kind) => `kiosk:${kind}:q`),
      'kiosk:dead',
    ];

    async function spoil(key: string, except?: string): Promise<void> {
      for (const name of names(key)) if (name !== except) await redis.set(name, 'spoilt');
      await redis.del('kiosk:seen:q');
      await redis.lpush('kiosk:seen:q', 'spoilt');
    }

    test('does not keep a job from being claimed, renewed and settled', async () => {
      const key = await push(broker, 'q');
      await spoil(key);
      const claim = await take(broker, 'q', as('a'));
      expect(claim).toMatchObject({ key, attempt: 1, deaths: [], leftovers: [], children: undefined });
      await spoil(key, `kiosk:job:${key}`);
      expect(await broker.renew(claim, as('a'), { note: NOTE })).toBe(true);
      await spoil(key, `kiosk:job:${key}`);
      await redis.del(`kiosk:ended:${claim.token}`);
      await redis.lpush(`kiosk:ended:${claim.token}`, 'spoilt');
      expect(await broker.settle(claim, as('a'), FAILED, { setAside: true })).toBe(true);
      expect((await broker.dead()).map((job) => job.key)).toEqual([key]);
      expect(await redis.keys('processing-*')).toEqual([]);
    });

    test('in place of the record of a job in hand ends its claim, and the job is done by another', async () => {
      const key = await push(broker, 'q');
      const claim = await takeAndLapse(broker, 'q', 'a');
      await redis.set(`kiosk:job:${key}`, 'spoilt');
      expect(await broker.renew(claim, as('a'))).toBe(false);
      expect(await broker.giveBack(claim, as('a'))).toBe(false);
      expect(await broker.inspect(key)).toMatchObject({ attempts: undefined, lease: undefined, deaths: [] });
      expect(await broker.recover('q', NO_FOREIGNERS)).toMatchObject({ count: 1 });
      expect(await take(broker, 'q', as('b'))).toMatchObject({ key, attempt: 1 });
    });

    test('does not keep jobs from being put back, adopted, cancelled, listed, retried, and from waiting for others', async () => {
      await redis.hset('old', { status: 'started', updated_at: 'unreadable' });
      await redis.lpush('processing-q:old-pod', 'old');
      await spoil('old');
      expect(await broker.recover('q', { foreignSilenceMs: 0 })).toMatchObject({ count: 1 });
      await spoil('old');
      expect(await broker.cancel('old', 'desk', FAILED)).toEqual({ was: 'waiting' });
      await spoil('old');
      expect(await broker.dead()).toEqual([]);
      await spoil('old');
      expect(await broker.retry('old', 'desk', 'q')).toEqual({ outcome: 'queued', queue: 'q' });
      const claim = await take(broker, 'q', as('a'));
      expect(claim).toMatchObject({ key: 'old', attempt: 1 });
      await spoil('old', 'kiosk:job:old');
      const child = { queue: 'other', key: 'child', fields: { status: 'new' } };
      expect(await broker.addChildren(claim, as('a'), [child])).toBe(true);
      await redis.del('kiosk:parked:q');
      await redis.set('kiosk:parked:q', 'spoilt');
      expect(await broker.awaitChildren(claim, as('a'), { status: 'waiting' })).toBe(true);
      await broker.settle(await take(broker, 'other', as('b')), as('b'), { status: 'done' });
      expect(await take(broker, 'q', as('a'))).toMatchObject({ children: { total: 1, done: 1 } });
    });

    test('or another content, counts for nothing', async () => {
      const key = await push(broker, 'q');
      const junk = { deaths: '{"a":', uploads: '[1,{},"output/x"]', note: '[]', done: '1' };
      await redis.hset(`kiosk:job:${key}`, junk);
      const claim = await take(broker, 'q', as('a', 20));
      expect(claim).toMatchObject({ attempt: 1, deaths: [], leftovers: ['output/x'], children: undefined });
      await new Promise((resolve) => setTimeout(resolve, 40));
      await broker.recover('q', NO_FOREIGNERS);
      expect((await take(broker, 'q', as('b'))).deaths).toMatchObject([{ worker: 'a', note: undefined }]);
    });
  });

  describe('a queue that is no list', () => {
    const refused = { code: 'KC_BROKER_REFUSED', message: expect.stringContaining('WRONGTYPE') };

    test('is refused before anything is written', async () => {
      const key = await push(broker, 'q');
      const claim = await takeAndLapse(broker, 'q', 'a');
      await redis.set('q', 'a text');
      const before = await redis.hgetall(key);
      await expect(broker.recover('q', NO_FOREIGNERS)).rejects.toMatchObject(refused);
      await expect(broker.giveBack(claim, as('a'))).rejects.toMatchObject(refused);
      await expect(broker.claim('q', as('a'))).rejects.toMatchObject(refused);
      await expect(push(broker, 'q')).rejects.toMatchObject(refused);
      expect(await redis.hgetall(key)).toEqual(before);
      expect(await redis.lrange('processing-q:a', 0, -1)).toEqual([key]);
      expect(await broker.queues(['q'])).toMatchObject([{ waiting: 0, inFlight: 1 }]);
      await redis.del('q');
      expect(await broker.giveBack(claim, as('a'))).toBe(true);
      expect(await redis.lrange('q', 0, -1)).toEqual([key]);
      expect(await redis.keys('q:*')).toEqual([key]);
    });

    test('is refused as the place of a retried job, which stays failed', async () => {
      await redis.hset('job', FAILED);
      await redis.hset('other', { a: 'b' });
      await expect(broker.retry('job', 'desk', 'other')).rejects.toMatchObject({ code: 'KC_BROKER_REFUSED' });
      expect(await redis.hgetall('job')).toEqual(FAILED);
    });

    test('does not keep the last child from being settled; its parent goes on once there is a queue again', async () => {
      await push(broker, 'q');
      const claim = await take(broker, 'q', as('a'));
      await broker.addChildren(claim, as('a'), [{ queue: 'other', key: 'child', fields: { status: 'new' } }]);
      await broker.awaitChildren(claim, as('a'), { status: 'waiting' });
      await redis.set('q', 'a text');
      const child = await take(broker, 'other', as('b'));
      expect(await broker.settle(child, as('b'), { status: 'done' })).toBe(true);
      await redis.del('q');
      await redis.zadd('kiosk:parked:q', '0', claim.key);
      await broker.recover('q', NO_FOREIGNERS);
      expect(await take(broker, 'q', as('a'))).toMatchObject({ key: claim.key, children: { done: 1 } });
    });
  });

  test('a processing list that is none keeps no job from being settled', async () => {
    const key = await push(broker, 'q');
    const claim = await take(broker, 'q', as('a'));
    await redis.set('processing-q:a', 'a text');
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(true);
    expect(await redis.hget(key, 'status')).toBe('done');
  });

  test('a job with thousands of fields is made, written and settled', async () => {
    const many = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`field ${i}`, String(i)]));
    const key = await push(broker, 'q', many);
    const claim = await take(broker, 'q', as('a'));
    expect(await broker.update(claim, as('a'), many)).toBe(true);
    expect(await broker.settle(claim, as('a'), { ...many, ...FAILED })).toBe(true);
    expect(await broker.retry(key, 'desk', 'q')).toMatchObject({ outcome: 'queued' });
    expect(Object.keys((await broker.read(key))!).length).toBeGreaterThan(9000);
  });

  test('a field of ten megabytes travels whole', async () => {
    const text = 'x'.repeat(10_000_000);
    await push(broker, 'q', { text });
    const claim = await take(broker, 'q', as('a'));
    expect(claim.fields['text'] === text).toBe(true);
    expect(await broker.settle(claim, as('a'), FAILED)).toBe(true);
  });

  test('names that are ours, or that only lists may have, are no jobs', async () => {
    for (const name of ['kiosk:job:x', 'processing-q:pod']) {
      await expect(broker.enqueue('q', name, { status: 'new' })).rejects.toMatchObject({ code: 'KC_JOB_INVALID' });
      await redis.lpush('q', name);
    }
    await redis.hset('kiosk:job:x', { status: 'new' });
    await redis.lpush('processing-q:pod', 'somebody’s');
    expect(await broker.claim('q', as('a'))).toBeUndefined();
    expect(await redis.hgetall('kiosk:job:x')).toEqual({ status: 'new' });
    expect(await redis.keys('processing-*')).toEqual(['processing-q:pod']);
  });

  test('all of it is under kiosk:, and goes by itself', async () => {
    const [dead, cancelled] = [await push(broker, 'q'), await push(broker, 'q')];
    await takeAndLapse(broker, 'q', 'a');
    await broker.recover('q', { ...NO_FOREIGNERS, outage: { afterMs: 60_000, graceMs: 10 } });
    await broker.recover('q', { ...NO_FOREIGNERS, outage: { afterMs: 60_000, graceMs: 10 } });
    await broker.cancel(cancelled, 'desk', FAILED);
    await redis.zadd('kiosk:leases:q', '0', dead);
    await broker.recover('q', NO_FOREIGNERS);
    const claim = await take(broker, 'q', as('a'));
    await broker.update(claim, as('a'), {}, { note: NOTE, uploads: ['output/x'] });
    await broker.settle(claim, as('a'), FAILED, { setAside: true });
    expect(await broker.claim('q', as('a'))).toBeUndefined();
    const keys = await redis.keys('*');
    expect(keys.filter((name) => !name.startsWith('kiosk:')).toSorted()).toEqual([dead, cancelled].toSorted());
    const own = keys.filter((name) => name.startsWith('kiosk:') && name !== 'kiosk:dead');
    expect(own).toContain(`kiosk:job:${dead}`);
    for (const name of own) expect([name, (await redis.ttl(name)) > 0]).toEqual([name, true]);
  });
});
