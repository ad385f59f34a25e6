import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, JobFields } from '../../src/broker/contract.js';
import { newJobFields } from '../../src/broker/job-hash.js';
import { openBroker } from '../../src/broker/open.js';
import { zipFiles } from '../../src/images/archive/zip-write.js';
import { cli, jsonLines, startCli, type RunningCli } from '../support/cli.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PLUGIN = new URL('../support/pack-plugin.mjs', import.meta.url).pathname;
const BROKERS = requireTool('redis-server') ? (['redis', 'sqlite'] as const) : (['sqlite'] as const);
const NAMES = [
  'plain.tif',
  'with, comma.tif',
  'ein Ordner/größe β.tif',
  'ein Ordner/plain.png',
  'ein Ordner/plain.tif',
];

describe.each(BROKERS)('archives of images on %s', (kind) => {
  let redis: RedisServer | undefined;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let broker: Broker;
  let env: Record<string, string>;
  let config: string;
  const workers: RunningCli[] = [];
  let count = 0;

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
      KIOSK_LEASE: '1',
      KIOSK_RENEW: '0.2',
      INTERVAL: '0.5',
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

  async function start(type: string, name: string): Promise<RunningCli> {
    const worker = startCli(['consume', '--type', type, '--config', config], {
      cwd: folder.path,
      env: { ...env, HOSTNAME: name },
    });
    workers.push(worker);
    await worker.sees('waiting for jobs');
    return worker;
  }

  async function archive(files: Readonly<Record<string, string>>): Promise<string> {
    count += 1;
    const entries = [];
    for (const [i, [name, content]] of Object.entries(files).entries()) {
      const file = join(folder.path, `file-${count}-${i}`);
      await writeFile(file, content);
      entries.push({ name, file });
    }
    const target = join(folder.path, `images-${count}.zip`);
    await zipFiles(entries, target);
    return target;
  }

  async function enqueue(file: string): Promise<string> {
    const result = await cli(['enqueue', file, '--type', 'zip', '--config', config], { cwd: folder.path, env });
    return result.stdout.trim();
  }

  async function ended(hash: string, timeoutMs = 30_000): Promise<JobFields> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const fields = (await broker.read(hash)) ?? {};
      if (fields['status'] === 'done' || fields['status'] === 'failed') return fields;
      if (Date.now() > until)
        throw new Error(`still ${fields['status']}: ${JSON.stringify(await broker.inspect(hash))}`);
      await sleep(50);
    }
  }

  /** What an independent reader finds: the text of each entry by its name. */
  function unpack(key: string): Record<string, string> {
    const program =
      'import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; ' +
      'print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))';
    const { stdout, stderr } = spawnSync('python3', ['-c', program, join(folder.path, 'bucket', key)], {
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, string>;
  }

  test('each image becomes a job of its own, and the results one archive with the names of the images', async () => {
    await Promise.all([start('zip', 'zipper'), start('pack', 'packer')]);
    const files = Object.fromEntries(NAMES.map((name) => [name, `labels of ${name}`]));
    const hash = await enqueue(await archive({ ...files, 'bad.tif': 'bad', '__MACOSX/._plain.tif': 'x', README: 'x' }));
    expect(hash).toMatch(/^predict-zip:/);
    const fields = await ended(hash);
    expect(fields).toMatchObject({ status: 'done', total_jobs: '6', progress: '100', updated_by: 'zipper' });
    expect(unpack(fields['output_file_name']!)).toEqual({
      'plain_feature_0.tif': 'labels of plain.tif',
      'with, comma_feature_0.tif': 'labels of with, comma.tif',
      'ein Ordner/größe β_feature_0.tif': 'labels of ein Ordner/größe β.tif',
      'ein Ordner/plain_feature_0.tif': 'labels of ein Ordner/plain.png',
      'ein Ordner/plain_feature_0_2.tif': 'labels of ein Ordner/plain.tif',
    });
    const children = fields['children']!.split(',');
    const failed = fields['children:failed']!;
    expect(children).toHaveLength(6);
    expect(fields['children:done']!.split(',')).toEqual(children.filter((key) => key !== failed));
    expect(Object.fromEntries(new URLSearchParams(fields['failures']))).toEqual({
      [failed]: expect.stringContaining('It is bad.'),
    });
    for (const name of ['total_time', 'upload_time'])
      expect(
        fields[name]!.split(',')
          .map(Number)
          .every((value) => value > 0),
      ).toBe(true);
    expect(fields['upload_time']!.split(',')).toHaveLength(5);
    for (const key of children) expect(await broker.read(key)).not.toHaveProperty('url');
    if (redis !== undefined) {
      const client = redis.client();
      expect(await client.ttl(children[0]!)).toBeGreaterThan(3500);
      expect(await client.keys('kiosk:*')).not.toContainEqual(
        expect.stringMatching(/^kiosk:(children|pending|parked)/),
      );
      expect(await client.keys('processing-*')).toEqual([]);
    }
  });

  test('if all images fail, so does the archive, with their reasons, and nothing of it is left in the bucket', async () => {
    await Promise.all([start('zip', 'zipper'), start('pack', 'packer')]);
    const before = (await readdir(join(folder.path, 'bucket', 'output'), { recursive: true })).length;
    const fields = await ended(await enqueue(await archive({ 'a.tif': 'bad', 'b.tif': 'bad too' })));
    expect(fields['status']).toBe('failed');
    expect(fields['reason']).toMatch(/a\.tif: .*It is bad[^]*b\.tif: [^]*ChildJobError: All of 2 jobs/);
    await sleep(200);
    const after = await readdir(join(folder.path, 'bucket', 'output'), { recursive: true, withFileTypes: true });
    expect(after.filter((entry) => entry.isFile()).length).toBeLessThanOrEqual(before);
  });

  test('an archive without images, and one that exceeds the limits, are refused', async () => {
    await start('zip', 'zipper');
    const empty = await ended(await enqueue(await archive({ README: 'x' })));
    expect(empty).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/InvalidJobError: .*holds no images/),
    });
    await writeFile(
      config,
      `export default {
      plugins: [${JSON.stringify(PLUGIN)}], consumers: { zip: { maxBytes: 10 } } };\n`,
    );
    await workers.pop()!.stop('SIGTERM');
    await start('zip', 'zipper');
    const big = await ended(await enqueue(await archive({ 'a.tif': 'more than ten bytes' })));
    expect(big).toMatchObject({ status: 'failed', reason: expect.stringMatching(/more than 10 bytes/) });
    await writeFile(config, `export default { plugins: [${JSON.stringify(PLUGIN)}] };\n`);
  });

  test('a consumer killed while it makes the jobs leaves none twice and none without a parent', async () => {
    const zipper = await start('zip', 'killed');
    const names = Array.from({ length: 400 }, (_, i) => `field-${i}.tif`);
    const hash = await enqueue(await archive(Object.fromEntries(names.map((name) => [name, `labels of ${name}`]))));
    while ((await broker.queues(['predict']))[0]!.waiting < 40) await sleep(2);
    await zipper.stop('SIGKILL');
    const made = (await broker.queues(['predict']))[0]!.waiting;
    expect(made).toBeLessThan(400);
    await Promise.all([start('zip', 'next'), start('pack', 'packer'), start('pack', 'packer-2')]);
    const fields = await ended(hash, 60_000);
    expect(fields).toMatchObject({ status: 'done', total_jobs: '400', failures: '' });
    expect(new Set(fields['children']!.split(',')).size).toBe(400);
    expect(Object.keys(unpack(fields['output_file_name']!))).toHaveLength(400);
    expect(await broker.queues(['predict', 'predict-zip'])).toMatchObject([
      { waiting: 0, inFlight: 0 },
      { waiting: 0, inFlight: 0 },
    ]);
  }, 90_000);

  test('the worker is free while its archive waits for the images', async () => {
    await start('zip', 'zipper');
    const first = await enqueue(await archive({ 'a.tif': 'labels of a' }));
    const second = await enqueue(await archive({ 'b.tif': 'labels of b' }));
    while ((await broker.queues(['predict']))[0]!.waiting < 2) await sleep(20);
    await sleep(300);
    for (const hash of [first, second]) {
      expect(await broker.inspect(hash)).toMatchObject({
        fields: { status: 'waiting' },
        lease: undefined,
        children: { total: 1, done: 0, failed: 0, gone: 0 },
      });
    }
    const report = await cli(['inspect', first], { cwd: folder.path, env });
    expect(report.stdout).toMatch(/children\s+1: 0 done/);
    await start('pack', 'packer');
    expect([(await ended(first))['status'], (await ended(second))['status']]).toEqual(['done', 'done']);
  });

  test('cancelling an archive ends the jobs of its images', async () => {
    await start('zip', 'zipper');
    const hash = await enqueue(await archive({ 'a.tif': 'a', 'b.tif': 'b' }));
    while ((await broker.queues(['predict']))[0]!.waiting < 2) await sleep(20);
    while ((await broker.inspect(hash))!.fields['status'] !== 'waiting') await sleep(20);
    const { children } = (await broker.read(hash))!;
    const [said] = jsonLines(await cli(['cancel', hash, '--json'], { cwd: folder.path, env }));
    expect(said).toMatchObject({ was: 'waiting' });
    for (const key of [hash, ...children!.split(',')]) {
      expect(await broker.read(key)).toMatchObject({ status: 'failed', reason: expect.stringMatching(/cancelled/) });
    }
  });

  test('an archive that failed can be done anew: its good images are not done twice', async () => {
    await Promise.all([start('zip', 'zipper'), start('pack', 'packer')]);
    const file = await archive({ 'a.tif': 'bad', 'b.tif': 'bad' });
    const hash = await enqueue(file);
    expect(await ended(hash)).toMatchObject({ status: 'failed' });
    const again = await cli(['retry', hash, '--queue', 'predict-zip'], { cwd: folder.path, env });
    expect(again.code).toBe(0);
    expect(await ended(hash)).toMatchObject({ status: 'failed', reason: expect.stringContaining('All of 2 jobs') });
  });

  if (kind === 'redis') {
    /** Hashes and lists written as the Kiosk's own zip consumer does. */
    async function expandAsOldConsumer(names: readonly string[]): Promise<{ hash: string; children: string[] }> {
      const client = redis!.client();
      const hash = `predict-zip:old ${count}.zip:3f1c6de0-6e3c-4b3a-9f62-${String(Date.now()).slice(-12)}`;
      const common = { originalName: 'old.zip', inputFileName: 'uploads/old.zip', host: 'old' };
      const children: string[] = [];
      for (const [i, name] of names.entries()) {
        const key = `predict:${name}:${String(i).padStart(32, '0')}`;
        const input = `output/old-${count}/${name}`;
        await mkdir(join(folder.path, 'bucket', 'output', `old-${count}`), { recursive: true });
        await writeFile(join(folder.path, 'bucket', input), `labels of ${name}`);
        const fields = newJobFields({ ...common, originalName: name, inputFileName: input });
        await client.hset(key, fields);
        await client.lpush('predict', key);
        children.push(key);
      }
      const waiting = { status: 'waiting', children: children.join(','), children_upload_time: '1.5', progress: '0' };
      await client.hset(hash, { ...newJobFields(common), ...waiting });
      await client.lpush('predict-zip', hash);
      return { hash, children };
    }

    test('a parent of an old consumer is finished by ours, also if a child has vanished or has a comma in its name', async () => {
      const { hash, children } = await expandAsOldConsumer(['a, b.tif', 'c.tif', 'gone.tif']);
      await redis!.client().del(children[2]!);
      await Promise.all([start('zip', 'zipper'), start('pack', 'packer')]);
      const fields = await ended(hash);
      expect(fields).toMatchObject({ status: 'done', total_jobs: '3' });
      expect(Object.keys(unpack(fields['output_file_name']!)).toSorted()).toEqual([
        'a, b_feature_0.tif',
        'c_feature_0.tif',
      ]);
      expect(Object.fromEntries(new URLSearchParams(fields['failures']))).toEqual({
        [children[2]!]: expect.stringContaining('expired, or was deleted'),
      });
    });

    test('children that an old consumer does are noticed', async () => {
      await start('zip', 'zipper');
      const hash = await enqueue(await archive({ 'a.tif': 'labels of a', 'b.tif': 'no' }));
      const client = redis!.client();
      await zipFiles(
        [{ name: 'a_feature_0.tif', file: join(folder.path, `file-${count}-0`) }],
        join(folder.path, 'bucket', 'output', 'by-old.zip'),
      );
      for (const [status, more] of [
        ['done', { output_file_name: 'output/by-old.zip', output_url: 'x', total_time: '2.5' }],
        ['failed', { reason: 'Traceback\nValueError: no' }],
      ] as const) {
        let key: string | null = null;
        while (key === null) {
          key = await client.rpoplpush('predict', 'processing-predict:old-pod');
          await sleep(20);
        }
        await client.hset(key, { status: 'started', updated_by: 'old-pod', updated_at: new Date().toISOString() });
        await client.hset(key, { status, updated_at: new Date().toISOString(), ...more });
        await client.lrem('processing-predict:old-pod', 1, key);
      }
      const fields = await ended(hash);
      expect(fields).toMatchObject({ status: 'done', total_time: '2.5', total_jobs: '2' });
      expect(unpack(fields['output_file_name']!)).toEqual({ 'a_feature_0.tif': 'labels of a' });
      expect([...new URLSearchParams(fields['failures']).values()]).toEqual(['ValueError: no']);
    });

    test('while a parent waits, the janitor sees it alive', async () => {
      await start('zip', 'zipper');
      const hash = await enqueue(await archive({ 'a.tif': 'labels of a' }));
      const client = redis!.client();
      while ((await client.hget(hash, 'status')) !== 'waiting') await sleep(20);
      expect(await client.lrange('processing-predict-zip:zipper', 0, -1)).toEqual([hash]);
      const silence = async (): Promise<number> => Date.now() - Date.parse((await client.hget(hash, 'updated_at'))!);
      let longest = 0;
      for (let i = 0; i < 60; i++) {
        longest = Math.max(longest, await silence());
        await sleep(100);
      }
      expect(longest).toBeLessThan(5500);
      await start('pack', 'packer');
      expect(await ended(hash)).toMatchObject({ status: 'done' });
      expect(await readFile(join(folder.path, 'bucket', (await client.hget(hash, 'output_file_name'))!))).toBeDefined();
    });
  }
});
