import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFile } from 'node:fs/promises';
import { newJobFields } from '../../../src/broker/job-hash.js';
import { openBroker } from '../../../src/broker/open.js';
import { notAlive, notReady } from '../../../src/worker/health/verdict.js';
import { startCli, type RunningCli } from '../../support/cli.js';
import { startRedisServer, type RedisServer } from '../../support/redis-server.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const PLUGIN = new URL('../../support/lease-plugin.mjs', import.meta.url).pathname;

describe('the verdict on a worker', () => {
  const beat = { kind: 'beat', state: 'consuming', inFlight: 0, lagSeconds: 0, renewing: undefined } as const;
  const well = { beat, silentMs: 0, brokerTrouble: undefined, hangMs: 60_000 };

  test('is good while it claims jobs', () => {
    expect(notReady(well)).toBeUndefined();
    expect(notReady({ ...well, beat: { ...beat, renewing: true } })).toBeUndefined();
    expect(notAlive(well)).toBeUndefined();
  });

  test.each([
    [{ ...well, beat: undefined }, 'starting'],
    [{ ...well, beat: { ...beat, state: 'draining' } as const }, 'stopping (draining)'],
    [{ ...well, silentMs: 7000 }, 'the event loop has not turned for 7 s'],
    [{ ...well, brokerTrouble: 'connection refused' }, 'the broker does not answer: connection refused'],
    [{ ...well, beat: { ...beat, renewing: false } }, 'leases cannot be renewed'],
  ])('names why it is not ready', (known, cause) => {
    expect(notReady(known)).toContain(cause);
    expect(notAlive(known)).toBeUndefined();
  });

  test('is death only if the event loop will not turn again', () => {
    expect(notAlive({ ...well, silentMs: 61_000 })).toContain('61 s');
  });
});

(requireTool('redis-server') ? describe : describe.skip)('a worker that is asked how it is', () => {
  let redis: RedisServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let worker: RunningCli;
  let address: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    redis = await startRedisServer();
    const config = join(folder.path, 'kiosk-consumer.config.mjs');
    await writeFile(config, `export default { plugins: [${JSON.stringify(PLUGIN)}] };\n`);
    worker = startCli(['consume', '--type', 'block', '--health-port', '0', '--config', config], {
      cwd: folder.path,
      env: { BROKER_URL: redis.url, STORAGE_BUCKET: `file:${join(folder.path, 'bucket')}`, KIOSK_LOG_FORMAT: 'json' },
    });
    await worker.sees('waiting for jobs');
    address = /"address":"(http:[^"]+)"/.exec(worker.stderr())![1]!;
    // It beats every second.
    while ((await ask('/readyz'))[0] !== 200) await sleep(100);
  });
  afterEach(async () => {
    await worker.stop('SIGKILL');
    await redis.stop();
    await folder.remove();
  });

  const ask = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(address + path);
    return [answer.status, await answer.text()];
  };

  async function enqueue(ms: number): Promise<void> {
    const broker = await openBroker(redis.url);
    const base = newJobFields({ originalName: 'x.tif', inputFileName: 'uploads/x.tif', host: 'here' });
    await broker.enqueue('block', `block:${Math.random()}`, { ...base, ms: String(ms), log: join(folder.path, 'log') });
    await broker.close();
  }

  test('answers on this machine only, also while a job blocks its event loop, and counts what it did', async () => {
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
    await enqueue(8000);
    await enqueue(1);
    await sleep(7000);
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
    const [status, text] = await ask('/readyz');
    expect([status, text]).toEqual([503, expect.stringMatching(/^the event loop has not turned for [5-7] s\n$/)]);
    expect((await ask('/metrics'))[1]).toMatch(/queue_depth\{queue="block",state="waiting",type="block"\} 1/);
    await worker.sees(/job done[^]*job done/, 20_000);
    await sleep(2500);
    const metrics = (await ask('/metrics'))[1];
    expect(metrics).toMatch(/kiosk_consumer_jobs_total\{status="done",type="block",queue="block"\} 2/);
    expect(metrics).toMatch(/kiosk_consumer_broker_up\{[^}]*\} 1/);
    expect(metrics).toMatch(/kiosk_consumer_queue_depth\{queue="block",state="waiting",type="block"\} 0/);
    expect(metrics).toMatch(/kiosk_consumer_leases_lost_total\{[^}]*\} 0/);
    expect(metrics).toMatch(/process_resident_memory_bytes/);
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
  }, 60_000);

  test('is not ready while its broker is away, and is again when that is back', async () => {
    const { port } = redis;
    await redis.stop();
    // What the broker said is good for two seconds.
    await sleep(2500);
    const [status, text] = await ask('/readyz');
    expect([status, text]).toEqual([503, expect.stringContaining('the broker does not answer')]);
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
    expect((await ask('/metrics'))[1]).toMatch(/kiosk_consumer_broker_up\{[^}]*\} 0/);
    redis = await startRedisServer({ port });
    await sleep(3500);
    expect(await ask('/readyz')).toEqual([200, 'ok\n']);
  }, 60_000);

  test('does not mind who asks for nothing, too much, or never ends', async () => {
    expect((await ask('/nothing'))[0]).toBe(404);
    expect((await fetch(address + '/metrics', { method: 'POST', body: 'x' })).status).toBe(405);
    const { port } = new URL(address);
    const slow = connect(Number(port), '127.0.0.1').resume();
    slow.write('GET /livez HTTP/1.1\r\nhost: x\r\n');
    const closed = new Promise((resolve) => slow.on('error', resolve).on('close', resolve));
    const large = await fetch(`${address}/livez`, { headers: { large: 'x'.repeat(20_000) } });
    expect(large.status).toBe(431);
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
    await closed;
    expect(await ask('/livez')).toEqual([200, 'ok\n']);
  }, 30_000);
});
