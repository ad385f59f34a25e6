import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BrokerEvent, openBroker } from '../../src/broker/open.js';
import { as, push, take } from '../conformance/broker/jobs.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const suite = requireTool('redis-server') && requireTool('redis-sentinel') ? describe : describe.skip;

suite('Redis behind a sentinel', () => {
  let master: RedisServer;
  let replica: RedisServer;
  let sentinel: RedisServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    master = await startRedisServer();
    replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    folder = await temporaryFolder();
    const config = path.join(folder.path, 'sentinel.conf');
    await writeFile(
      config,
      `sentinel monitor aardvark 127.0.0.1 1 1
sentinel monitor mymaster 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds mymaster 800
sentinel failover-timeout mymaster 4000
sentinel monitor zebra 127.0.0.1 2 1
`,
    );
    sentinel = await startRedisServer({ sentinelConfig: config });
    // The sentinel learns of the replica from the master, every ten seconds.
    for (let i = 0; i < 300; i += 1) {
      const replicas = (await sentinel.client().call('SENTINEL', 'REPLICAS', 'mymaster')) as unknown[];
      if (replicas.length > 0 && (await replica.client().info('replication')).includes('master_link_status:up')) break;
      await sleep(100);
    }
  }, 40_000);
  afterAll(async () => {
    await Promise.all([sentinel.stop(), master.stop(), replica.stop()]);
    await folder.remove();
  });

  test.each(['redis://127.0.0.1:PORT', 'redis+sentinel://127.0.0.1:1,127.0.0.1:PORT/mymaster'])(
    '%s leads to the master of mymaster',
    async (address) => {
      const broker = await openBroker(address.replace('PORT', String(sentinel.port)));
      const key = await push(broker, 'q');
      expect(await master.client().lrange('q', 0, -1)).toEqual([key]);
      await broker.settle(await take(broker, 'q', as('a')), as('a'), { status: 'done' });
      await broker.close();
    },
  );

  test('a set that the sentinel does not know is refused with those it knows', async () => {
    const broker = await openBroker(`redis+sentinel://127.0.0.1:${sentinel.port}/nobody`);
    await expect(broker.ping()).rejects.toMatchObject({
      code: 'KC_BROKER_REFUSED',
      facts: { details: [expect.stringMatching(/aardvark|mymaster/)] },
    });
    await broker.close();
  });

  test('work goes on with the new master after a failover', async () => {
    const events: BrokerEvent[] = [];
    const options = { commandTimeoutMs: 1000, onEvent: (event: BrokerEvent) => void events.push(event) };
    const broker = await openBroker(`redis://127.0.0.1:${sentinel.port}`, options);
    const keys = [await push(broker, 'q'), await push(broker, 'q')];
    const claim = await take(broker, 'q', as('a'));
    await master.client().wait(1, 1000);
    const waiting = broker.waitForJob('empty', { timeoutMs: 20_000, signal: new AbortController().signal });
    await master.stop({ signal: 'SIGKILL', keepData: true });
    expect(await broker.update(claim, as('a'), { status: 'started' })).toBe(true);
    expect((await take(broker, 'q', as('a'))).key).toBe(keys[1]);
    expect(await replica.client().lrange('processing-q:a', 0, -1)).toHaveLength(2);
    expect(events.map(({ kind }) => kind)).toEqual(['lost', 'back']);
    await push(broker, 'empty');
    await waiting;
    await broker.close();
  }, 30_000);
});
