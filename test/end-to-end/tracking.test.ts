import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, JobFields } from '../../src/broker/contract.js';
import { openBroker } from '../../src/broker/open.js';
import { parseLineages } from '../../src/images/tracks/lineage-json.js';
import { readTrk } from '../../src/images/tracks/read-trk.js';
import { writeTrk } from '../../src/images/tracks/write-trk.js';
import { readImage } from '../../src/images/read.js';
import { writeTiff } from '../../src/images/tiff/write.js';
import { scoreLinks } from '../../src/processing/tracking/score/score-links.js';
import { cli, jsonLines, startCli, type RunningCli } from '../support/cli.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { makeTimeLapse } from '../support/time-lapse.js';

const BROKERS = requireTool('redis-server') ? (['redis', 'sqlite'] as const) : (['sqlite'] as const);
const FILM = makeTimeLapse({ seed: 11, frames: 12, side: 160, cells: 12 });

describe.each(BROKERS)('films on %s', (kind) => {
  let redis: RedisServer | undefined;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let broker: Broker;
  let env: Record<string, string>;
  const workers: RunningCli[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    if (kind === 'redis') redis = await startRedisServer();
    const url = redis?.url ?? `sqlite:${join(folder.path, 'jobs.db')}`;
    broker = await openBroker(url);
    await mkdir(join(folder.path, 'tmp'));
    await writeTiff(join(folder.path, 'film, one.tif'), FILM.raw);
    env = {
      BROKER_URL: url,
      STORAGE_BUCKET: `file:${join(folder.path, 'bucket')}`,
      MODEL_SERVER: 'onnx:bundled',
      NUCLEAR_MODEL: 'nuclear-demo:1',
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

  async function start(type: string, name: string, args: readonly string[] = []): Promise<RunningCli> {
    const worker = startCli(['consume', '--type', type, ...args], {
      cwd: folder.path,
      env: { ...env, HOSTNAME: name },
    });
    workers.push(worker);
    await worker.sees('waiting for jobs');
    return worker;
  }

  async function enqueue(file: string, type = 'tracking'): Promise<string> {
    return (await cli(['enqueue', file, '--type', type], { cwd: folder.path, env })).stdout.trim();
  }

  async function ended(hash: string, timeoutMs = 60_000): Promise<JobFields> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const fields = (await broker.read(hash)) ?? {};
      if (fields['status'] === 'done' || fields['status'] === 'failed') return fields;
      if (Date.now() > until)
        throw new Error(`still ${fields['status']}: ${JSON.stringify(await broker.inspect(hash))}`);
      await sleep(50);
    }
  }

  /** What an independent reader finds, unpacked into a folder. */
  function unpack(key: string, target: string): string[] {
    const program =
      'import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); z.extractall(sys.argv[2]); print(json.dumps(z.namelist()))';
    const { stdout, stderr } = spawnSync(
      'python3',
      ['-c', program, join(folder.path, 'bucket', key), join(folder.path, target)],
      { encoding: 'utf8' },
    );
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as string[];
  }

  async function scored(target: string, name: string) {
    const { shape, data } = await readImage(join(folder.path, target, `${name}_feature_0.tif`));
    const labels = { shape, data: Int32Array.from(data as Float32Array) };
    const [tracks] = parseLineages('lineage.json', await readFile(join(folder.path, target, 'lineage.json'), 'utf8'));
    return { labels, tracks: tracks!, score: scoreLinks(FILM.truth, { labels, tracks: tracks! }) };
  }

  test('the frames are labelled by jobs of their own, and cells followed with their divisions', async () => {
    await Promise.all([start('tracking', 'tracker'), start('image', 'labeller'), start('image', 'labeller-2')]);
    const hash = await enqueue('film, one.tif');
    const fields = await ended(hash);
    expect(fields).toMatchObject({ status: 'done', identity_started: 'tracker', progress: '100' });
    const names = unpack(fields['output_file_name']!, 'tracked');
    expect(names.toSorted()).toEqual(['film, one_feature_0.tif', 'lineage.json']);
    const { score } = await scored('tracked', 'film, one');
    expect(score.links.right / score.links.total).toBeGreaterThan(0.95);
    expect(score.divisions.found).toBe(score.divisions.total);
    if (redis !== undefined) {
      const frames = await redis.client().keys('predict:*-tracking-frame-*');
      expect(frames).toHaveLength(12);
      expect(await redis.client().ttl(frames[0]!)).toBeGreaterThan(3500);
      expect(await redis.client().hgetall(frames[0]!)).toMatchObject({ channels: '0,,', dimension_order: 'XY' });
    }
  }, 90_000);

  test('one worker of each kind, killed in the middle, lose nothing and do no frame twice', async () => {
    const tracker = await start('tracking', 'killed');
    const hash = await enqueue('film, one.tif');
    while ((await broker.queues(['predict']))[0]!.waiting < 1) await sleep(2);
    await tracker.stop('SIGKILL');
    const labeller = await start('image', 'killed-too');
    await labeller.sees('job taken');
    await labeller.stop('SIGKILL');
    await Promise.all([start('tracking', 'heir'), start('image', 'heir-too')]);
    expect(await ended(hash)).toMatchObject({ status: 'done' });
    expect(await broker.queues(['predict', 'tracking'])).toMatchObject([
      { waiting: 0, inFlight: 0 },
      { waiting: 0, inFlight: 0 },
    ]);
  }, 90_000);

  test('a frame that fails fails the film, with its number and its reason', async () => {
    const film = makeTimeLapse({ seed: 3, frames: 3, side: 64, cells: 3 });
    const data = new Float32Array(film.raw.data);
    data.fill(Number.NaN, 64 * 64, 2 * 64 * 64);
    await writeTiff(join(folder.path, 'torn.tif'), { shape: film.raw.shape, data });
    await Promise.all([start('tracking', 'tracker'), start('image', 'labeller')]);
    const fields = await ended(await enqueue('torn.tif'));
    expect(fields).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/torn-tracking-frame-1\.tif: \w+Error[^]*ChildJobError: 1 of 3 jobs/),
    });
  }, 60_000);

  test('what is no film is refused', async () => {
    await start('caliban', 'tracker');
    await writeTiff(join(folder.path, 'four.tif'), { shape: [2, 2, 16, 16], data: new Uint8Array(1024) });
    await writeFile(join(folder.path, 'x.png'), 'x');
    expect(await ended(await enqueue('four.tif', 'caliban'))).toMatchObject({
      reason: expect.stringMatching(/ImageShapeError: The film has axes .*frames × rows × columns are needed/),
    });
    expect(await ended(await enqueue('x.png', 'caliban'))).toMatchObject({
      reason: expect.stringContaining('Invalid filetype for "caliban" job.'),
    });
  }, 60_000);

  if (kind === 'sqlite') {
    test('a .trk file brings its labels along; its tracks are found anew, and written as .trk and as the challenge does', async () => {
      const { raw, truth } = FILM;
      const single = { shape: [...raw.shape, 1], data: truth.labels.data };
      await writeTrk(join(folder.path, 'film.trk'), {
        raw: { dtype: 'uint16', shape: [...raw.shape, 1], data: raw.data },
        tracked: single,
        lineages: [truth.tracks],
      });
      await writeFile(
        join(folder.path, 'kiosk-consumer.config.mjs'),
        'export default { consumers: { tracking: { trk: true, ctc: true } } };\n',
      );
      const { code, stdout } = await cli(['run', 'film.trk', '--type', 'tracking', '--json', '--out', 'out'], {
        cwd: folder.path,
        env: { TMPDIR: env['TMPDIR']! },
      });
      expect({ code, outcome: jsonLines({ stdout })[0] }).toMatchObject({ code: 0, outcome: { status: 'done' } });
      const names = unpack('../out/film.zip', 'again');
      expect(names.toSorted()).toEqual([
        'film.trk',
        'film_feature_0.tif',
        'film_res.tif',
        'film_res_track.txt',
        'lineage.json',
      ]);
      const { score, tracks } = await scored('again', 'film');
      expect(score.links.right).toBe(score.links.total);
      const written = await readTrk(join(folder.path, 'again', 'film.trk'));
      expect(written.lineages[0]).toEqual(tracks);
      expect(await readFile(join(folder.path, 'again', 'film_res_track.txt'), 'utf8')).toMatch(/^\d+ \d+ \d+ \d+\n/);
    }, 60_000);
  }
});
