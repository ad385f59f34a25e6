import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Broker } from '../../src/broker/contract.js';
import { type BrokerEvent, type BrokerOptions, openBroker } from '../../src/broker/open.js';
import { as, NO_FOREIGNERS, push, take } from '../conformance/broker/jobs.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const suite = requireTool('redis-server') ? describe : describe.skip;
const never = new AbortController().signal;

suite('Redis in trouble', () => {
  let server: RedisServer;
  let proxy: CuttingProxy;
  const opened: Broker[] = [];
  const others: RedisServer[] = [];
  const events: BrokerEvent[] = [];

  const onEvent = (event: BrokerEvent): void => void events.push(event);
  const open = async (options: BrokerOptions = {}, port = server.port): Promise<Broker> => {
    const broker = await openBroker(`redis://127.0.0.1:${port}`, { onEvent, ...options });
    opened.push(broker);
    return broker;
  };

  beforeEach(async () => {
    server = await startRedisServer();
    proxy = await startCuttingProxy(server.port);
    events.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((broker) => broker.close()));
    await proxy.close();
    await Promise.all([server, ...others.splice(0)].map((each) => each.stop()));
  });

  test('work goes on within a second after a killed server is back, and nothing is lost', async () => {
    const folder = await temporaryFolder();
    const durable = { dir: folder.path, args: ['--appendonly', 'yes', '--appendfsync', 'always'] };
    let redis = await startRedisServer(durable);
    others.push(redis);
    const broker = await open({}, redis.port);
    await push(broker, 'q');
    const inHand = await take(broker, 'q', as('a'));
    const key = await push(broker, 'q', { n: '2' });
    await redis.stop();
    const idle = broker.waitForJob('other', { timeoutMs: 2000, signal: never });
    const pending = [broker.update(inHand, as('a'), { status: 'started' }), broker.claim('q', as('a'))] as const;
    await sleep(1500);
    redis = await startRedisServer({ ...durable, port: redis.port });
    others.push(redis);
    const back = performance.now();
    const [updated, claim] = await Promise.all(pending);
    expect(performance.now() - back).toBeLessThan(1000);
    expect([updated, claim?.key]).toEqual([true, key]);
    expect(await broker.settle(inHand, as('a'), { status: 'done' })).toBe(true);
    await idle;
    expect(events.map(({ kind }) => kind)).toEqual(['lost', 'back']);
    expect(events[1]?.awayMs).toBeGreaterThan(1000);
    await redis.stop({ keepData: true });
    await folder.remove();
  });

  test('a waiter outlives a restart and is waked by the next push', async () => {
    const broker = await open();
    const wait = broker.waitForJob('q', { timeoutMs: 15_000, signal: never });
    await sleep(100);
    await server.stop();
    await sleep(300);
    server = await startRedisServer({ port: server.port });
    await sleep(1200);
    await push(broker, 'q');
    const start = performance.now();
    await wait;
    expect(performance.now() - start).toBeLessThan(500);
  });

  test('a server that stays away is told after the time that a call may wait, and to a ping at once', async () => {
    const broker = await open({ maxWaitMs: 1500 });
    await broker.ping();
    await server.stop();
    const start = performance.now();
    await expect(broker.claim('q', as('a'))).rejects.toMatchObject({
      code: 'KC_BROKER_UNREACHABLE',
      retry: 'wait',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(performance.now() - start).toBeGreaterThan(1450);
    expect(performance.now() - start).toBeLessThan(4000);
    await expect(broker.ping()).rejects.toMatchObject({ code: 'KC_BROKER_UNREACHABLE' });
  });

  test('a ping tells within its time that nothing is there', async () => {
    const broker = await open({ commandTimeoutMs: 300 }, 1);
    const start = performance.now();
    await expect(broker.ping()).rejects.toMatchObject({ code: 'KC_BROKER_UNREACHABLE' });
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test('a server that is silent is given up after the command timeout and asked again', async () => {
    const broker = await open({ commandTimeoutMs: 300 });
    const keys = [await push(broker, 'q'), await push(broker, 'q')];
    server.process.kill('SIGSTOP');
    const claiming = broker.claim('q', as('a'));
    await sleep(1000);
    server.process.kill('SIGCONT');
    const claim = await claiming;
    expect(keys).toContain(claim?.key);
    expect(events.map(({ kind }) => kind)).toEqual(['lost', 'back']);
  });

  test('an end, a claim and a push whose answer is lost are not done twice', async () => {
    const broker = await open({}, proxy.port);
    const redis = server.client();
    await push(broker, 'warm');
    const warm = await take(broker, 'warm', as('a'));
    await broker.giveBack(warm, as('a'));
    await broker.settle(await take(broker, 'warm', as('a')), as('a'), { status: 'done' });

    proxy.loseAnswerTo('q:job-1');
    await broker.enqueue('q', 'q:job-1', { status: 'new' });
    await broker.enqueue('q', 'q:job-2', { status: 'new' });
    expect(await redis.llen('q')).toBe(2);

    proxy.loseAnswerTo('processing-q:a');
    const claim = await take(broker, 'q', as('a'));
    expect(claim).toMatchObject({ key: 'q:job-1', attempt: 1 });
    expect(await redis.lrange('processing-q:a', 0, -1)).toEqual(['q:job-1']);

    proxy.loseAnswerTo('give-me-back');
    const back = { worker: { name: 'give-me-back', id: 'x' }, leaseMs: 30_000 };
    expect(await broker.giveBack(claim, back)).toBe(true);
    expect(await redis.lrange('q', 0, -1)).toEqual(['q:job-1', 'q:job-2']);

    const second = await take(broker, 'q', as('a'));
    proxy.loseAnswerTo('output/second.zip');
    expect(await broker.settle(second, as('a'), { status: 'done', output_file_name: 'output/second.zip' })).toBe(true);
    expect(events.filter(({ kind }) => kind === 'lost')).toHaveLength(4);
  });

  test('a server that became a replica is left for its master', async () => {
    const other = await startRedisServer();
    others.push(other);
    const broker = await open();
    await push(broker, 'q');
    const redis = server.client();
    await other.client().replicaof('127.0.0.1', String(server.port));
    for (let i = 0; i < 100 && (await other.client().llen('q')) === 0; i += 1) await sleep(50);
    await other.client().replicaof('NO', 'ONE');
    await redis.replicaof('127.0.0.1', String(other.port));
    const claim = await take(broker, 'q', as('a'));
    expect(await other.client().lrange('processing-q:a', 0, -1)).toEqual([claim.key]);
  });

  test('above maxmemory jobs are worked off, and only new ones are refused', async () => {
    const broker = await open();
    await push(broker, 'q');
    await push(broker, 'q');
    await server.client().config('SET', 'maxmemory', '1');
    await expect(push(broker, 'q')).rejects.toMatchObject({ code: 'KC_BROKER_REFUSED', retry: 'wait' });
    const claim = await take(broker, 'q', as('a'));
    expect(await broker.update(claim, as('a'), { status: 'started' })).toBe(true);
    expect(await broker.renew(claim, as('a', 10))).toBe(true);
    await sleep(20);
    expect(await broker.recover('q', NO_FOREIGNERS)).toMatchObject({ count: 1 });
    const next = await take(broker, 'q', as('a'));
    expect(await broker.giveBack(next, as('a'))).toBe(true);
    expect(await broker.settle(await take(broker, 'q', as('a')), as('a'), { status: 'done' })).toBe(true);
  });

  test('keys of a wrong type are refused with the way out', async () => {
    const broker = await open();
    await server.client().set('q', 'no list');
    await expect(broker.claim('q', as('a'))).rejects.toMatchObject({
      code: 'KC_BROKER_REFUSED',
      facts: { hint: expect.stringContaining('wrong type') },
    });
    expect(await broker.read('q')).toBeUndefined();
    expect(await broker.inspect('q')).toBeUndefined();
    expect(await broker.readCache('q')).toBeUndefined();
    await broker.writeCache('q', 'x', 10);
    expect(await server.client().get('q')).toBe('no list');
  });

  test('a server without BLMOVE is polled', async () => {
    const old = await startRedisServer({ args: ['--rename-command', 'BLMOVE', ''] });
    others.push(old);
    const broker = await open({}, old.port);
    const wait = broker.waitForJob('q', { timeoutMs: 5000, signal: never });
    await sleep(300);
    const start = performance.now();
    await push(broker, 'q');
    await wait;
    expect(performance.now() - start).toBeLessThan(500);
  });

  test('FLUSHALL in mid-work makes no ghosts', async () => {
    const broker = await open();
    await push(broker, 'q');
    const claim = await take(broker, 'q', as('a'));
    await server.client().flushall();
    expect(await broker.update(claim, as('a'), { status: 'started' })).toBe(false);
    expect(await broker.settle(claim, as('a'), { status: 'done' })).toBe(false);
    expect(await server.client().dbsize()).toBe(0);
  });

  test('closing ends waits and calls in flight', async () => {
    const broker = await open();
    await broker.ping();
    const wait = broker.waitForJob('q', { timeoutMs: 10_000, signal: never });
    await server.stop();
    const claim = expect(broker.claim('q', as('a'))).rejects.toMatchObject({ code: 'KC_ABORTED' });
    await sleep(50);
    await broker.close();
    await Promise.all([wait, claim]);
  });
});
