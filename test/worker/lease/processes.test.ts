import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, JobFields } from '../../../src/broker/contract.js';
import { newJobFields } from '../../../src/broker/job-hash.js';
import { openBroker } from '../../../src/broker/open.js';
import { cli, jsonLines, startCli, type RunningCli } from '../../support/cli.js';
import { startRedisServer, type RedisServer } from '../../support/redis-server.js';
import { requireTool } from '../../support/require-tool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const PLUGIN = new URL('../../support/lease-plugin.mjs', import.meta.url).pathname;
const LEASE_SECONDS = 1;

const BROKERS = requireTool('redis-server') ? (['redis', 'sqlite'] as const) : (['sqlite'] as const);

describe.each(BROKERS)('workers on %s', (kind) => {
  let redis: RedisServer | undefined;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let broker: Broker;
  let env: Record<string, string>;
  let config: string;
  const workers: RunningCli[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    if (kind === 'redis') redis = await startRedisServer();
    const url = redis?.url ?? `sqlite:${join(folder.path, 'jobs.db')}`;
    broker = await openBroker(url);
    config = join(folder.path, 'kiosk-consumer.config.mjs');
    await writeFile(config, `export default { plugins: [${JSON.stringify(PLUGIN)}] };\n`);
    await mkdir(join(folder.path, 'tmp'));
    env = {
      BROKER_URL: url,
      STORAGE_BUCKET: `file:${join(folder.path, 'bucket')}`,
      TMPDIR: join(folder.path, 'tmp'),
      KIOSK_LEASE: String(LEASE_SECONDS),
      KIOSK_RENEW: '0.2',
      INTERVAL: '0.5',
      LOG_LEVEL: 'debug',
    };
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop('SIGKILL')));
  });
  afterAll(async () => {
    await broker?.close();
    await redis?.stop();
    await folder?.remove();
  });

  async function start(
    type: string,
    name: string,
    more: Record<string, string> = {},
    args: readonly string[] = [],
  ): Promise<RunningCli> {
    const worker = startCli(['consume', '--type', type, '--config', config, ...args], {
      cwd: folder.path,
      env: { ...env, HOSTNAME: name, ...more },
    });
    workers.push(worker);
    await worker.sees('waiting for jobs');
    return worker;
  }

  async function enqueue(queue: string, fields: JobFields): Promise<{ key: string; log: string }> {
    const key = `${queue}:x:${Math.random()}`;
    const log = join(folder.path, `${Math.random()}.log`);
    await writeFile(log, '');
    const base = newJobFields({ originalName: 'x.tif', inputFileName: 'uploads/x.tif', host: 'here' });
    await broker.enqueue(queue, key, { ...base, log, ...fields });
    return { key, log };
  }

  const lines = async (log: string) => (await readFile(log, 'utf8')).trim().split('\n');
  const status = async (key: string) => (await broker.read(key))?.['status'];

  async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new TypeError(`never: ${what}\n${workers.map((w) => w.stderr()).join('\n')}`);
      await sleep(20);
    }
  }

  test('a job that blocks the event loop for several leases runs exactly once', async () => {
    await start('block', 'one');
    await start('block', 'other');
    const { key, log } = await enqueue('block', { ms: String(4 * LEASE_SECONDS * 1000) });
    await until('the job is done', async () => (await status(key)) === 'done');
    await sleep(LEASE_SECONDS * 1000);
    expect((await lines(log)).map((line) => line.split(' ')[0])).toEqual(['begun', 'ended']);
    expect(await broker.inspect(key)).toMatchObject({ deaths: [], lease: undefined });
  });

  test('a worker that stood still for longer than its lease neither writes nor publishes when it goes on', async () => {
    const stopped = await start('upload', 'stopped');
    const { key, log } = await enqueue('upload', { ms: '1200' });
    await until('it is uploaded', async () => (await readFile(log, 'utf8')).includes('uploaded'));
    stopped.process.kill('SIGSTOP');
    await start('upload', 'other');
    await until('the other worker has done it', async () => (await status(key)) === 'done');
    const done = await broker.read(key);
    stopped.process.kill('SIGCONT');
    await stopped.sees('job lost');
    expect(await broker.read(key)).toEqual(done);
    expect(done).toMatchObject({ updated_by: 'other' });
    const objects = await readdir(join(folder.path, 'bucket', 'output'));
    expect(objects.map((name) => `output/${name}`)).toContain(done!['output_file_name']);
    const own = new Set((await lines(log)).flatMap((line) => /output\/(\S+)/.exec(line)?.[1] ?? []));
    expect(objects.filter((name) => own.has(name))).toHaveLength(1);
  });

  test('what a killed worker uploaded, and its folder, are removed by the one that takes its job', async () => {
    const killed = await start('upload', 'killed');
    const { key, log } = await enqueue('upload', { ms: '60000' });
    await until('it is uploaded', async () => (await readFile(log, 'utf8')).includes('uploaded'));
    const left = /uploaded output\/(\S+)/.exec(await readFile(log, 'utf8'))![1]!;
    expect(await readdir(join(folder.path, 'bucket', 'output'))).toContain(left);
    await killed.stop('SIGKILL');
    expect(await readdir(env['TMPDIR']!)).toHaveLength(1);
    await start('upload', 'heir');
    await until(
      'it is uploaded again',
      async () => (await lines(log)).filter((line) => /uploaded/.test(line)).length === 2,
    );
    expect(await readdir(join(folder.path, 'bucket', 'output'))).not.toContain(left);
    const folders = await readdir(env['TMPDIR']!);
    expect(folders).toHaveLength(1);
    expect(folders[0]).not.toContain(`-${killed.process.pid}-`);
    expect(await broker.cancel(key, 'test', { status: 'failed', reason: 'over' })).toMatchObject({ was: 'running' });
  });

  test('a job that kills its worker three times is set aside with evidence, and a retry makes it new', async () => {
    const { key } = await enqueue('die', {});
    for (let death = 1; death <= 3; death++) {
      const worker = await start('die', `victim-${death}`);
      expect(await worker.ended).toMatchObject({ code: null });
      workers.splice(0);
    }
    const last = await start('die', 'survivor');
    await until('it is set aside', async () => (await status(key)) === 'failed');
    const reason = (await broker.read(key))!['reason']!;
    expect(reason.split('\n').at(-1)).toMatch(
      /^WorkerCrashError: The worker died 3 times while it held this job \(stage dying; \d+ MB of memory at most\)\./,
    );
    expect(reason).toContain('input: uploads/x.tif');
    expect(reason).toMatch(/attempt 3: victim-3 ended after .* in stage dying, with \d+ MB; no last word/);
    const dead = await cli(['dead', '--json'], { cwd: folder.path, env });
    expect(jsonLines(dead)).toMatchObject([{ hash: key, queue: 'die', deaths: [{ worker: 'victim-1' }, {}, {}] }]);
    await last.stop('SIGTERM');
    const retried = await cli(['retry', '--all', '--json'], { cwd: folder.path, env });
    expect([retried.code, ...jsonLines(retried)]).toEqual([0, { hash: key, outcome: 'queued', queue: 'die' }]);
    expect(await broker.read(key)).toMatchObject({ status: 'new' });
    expect(await broker.cancel(key, 'test', { status: 'failed', reason: 'over' })).toEqual({ was: 'waiting' });
  }, 60_000);

  test('a supervised worker that is killed is started again, and the signal stands with its job', async () => {
    const { key } = await enqueue('die', {});
    const worker = await start('die', 'watched', { KIOSK_MAX_DEATHS: '2' }, ['--supervise']);
    await until('it is set aside', async () => (await status(key)) === 'failed', 30_000);
    const reason = (await broker.read(key))!['reason']!;
    expect(reason).toMatch(
      /in stage dying, with \d+ MB; ended by SIGKILL[^]*in stage dying, with \d+ MB; ended by SIGKILL/,
    );
    expect(reason.split('\n').at(-1)).toMatch(/^WorkerCrashError: .* ended by SIGKILL\)\./);
    expect(worker.process.exitCode).toBeNull();
    expect(await worker.stop('SIGTERM')).toBe(0);
  }, 60_000);

  test('a running job that is cancelled stops within two seconds, and its worker goes on with the next', async () => {
    const worker = await start('upload', 'busy');
    const { key, log } = await enqueue('upload', { ms: '60000' });
    await until('it runs', async () => (await readFile(log, 'utf8')).includes('uploaded'));
    const result = await cli(['cancel', key, '--json'], { cwd: folder.path, env });
    expect([result.code, ...jsonLines(result)]).toEqual([0, { hash: key, was: 'running', worker: 'busy' }]);
    expect((await broker.read(key))!['reason']).toMatch(/^JobCancelledError: /);
    await worker.sees('job lost', 2000);
    const left = /uploaded output\/(\S+)/.exec(await readFile(log, 'utf8'))![1]!;
    await until(
      'its object is gone',
      async () => !(await readdir(join(folder.path, 'bucket', 'output'))).includes(left),
    );
    const next = await enqueue('upload', { ms: '1' });
    await until('the next one is done', async () => (await status(next.key)) === 'done');
    expect(await status(key)).toBe('failed');
  });

  test('a process whose event loop never turns again ends itself, and says so where it can be found', async () => {
    const worker = await start('block', 'hung', { KIOSK_DEADLINE: '1' });
    const { key } = await enqueue('block', { ms: '3600000' });
    const ended = await worker.ended;
    expect(worker.process.signalCode).toBe('SIGKILL');
    expect(ended.stderr).toContain('the event loop was blocked: no progress for');
    workers.splice(0);
    await start('upload', 'looks');
    const other = await start('block', 'other', { KIOSK_MAX_DEATHS: '1' });
    await until('it is given up', async () => (await status(key)) === 'failed');
    expect((await broker.read(key))!['reason']).toContain('the event loop was blocked');
    await other.stop('SIGTERM');
  }, 60_000);

  test('two workers of one name do not touch each other’s jobs', async () => {
    await start('upload', 'twin');
    await start('upload', 'twin');
    const jobs = await Promise.all([1, 2].map(() => enqueue('upload', { ms: '2500' })));
    await until('both are done', async () => {
      const found = await Promise.all(jobs.map(({ key }) => status(key)));
      return found.every((each) => each === 'done');
    });
    for (const { log } of jobs) expect((await lines(log)).filter((line) => line.startsWith('begun'))).toHaveLength(1);
  });
});
