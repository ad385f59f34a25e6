import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { readImage } from '../../src/images/read.js';
import { cli, jsonLines, startCli, type RunningCli } from '../support/cli.js';
import { startModelServer, type ModelServer } from '../support/model-server/start-model-server.js';
import { writeNuclei } from '../../src/testing/nuclei.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { requireTool } from '../support/require-tool.js';
import type { S3Peer } from '../support/s3-peer.js';
import { startS3rver } from '../support/s3rver.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const limits = { maxPixels: 1e9, maxBytes: 4e9 };

(requireTool('redis-server') ? describe : describe.skip)(
  'a Kiosk: Redis, S3 and TensorFlow Serving, set by the original variables',
  () => {
    let redis: RedisServer;
    let client: Redis;
    let s3: S3Peer;
    let models: ModelServer;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let env: Record<string, string>;
    let worker: RunningCli;

    beforeAll(async () => {
      folder = await temporaryFolder();
      [redis, s3, models] = await Promise.all([
        startRedisServer(),
        startS3rver('kiosk'),
        startModelServer({
          models: [
            { name: 'NuclearSegmentation', versions: ['0', '2'] },
            { name: 'Three', input: { name: 'image', dtype: 'float32', shape: [-1, 64, 64, 3] } },
          ],
        }),
      ]);
      client = redis.client();
      env = {
        REDIS_HOST: '127.0.0.1',
        REDIS_PORT: String(redis.port),
        CLOUD_PROVIDER: 'aws',
        AWS_S3_BUCKET: s3.bucket,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        TF_HOST: '127.0.0.1',
        TF_PORT: String(models.port),
        HOSTNAME: 'segmentation-consumer-5c-x2',
        QUEUE: 'segmentation',
        KIOSK_RETRY_BACKOFF: '0.05',
      };
      worker = startCli(['consume', '--type', 'image', '--concurrency', '2'], { cwd: folder.path, env });
      await worker.sees('waiting for jobs');
    }, 60_000);

    afterAll(async () => {
      await worker?.stop('SIGKILL');
      await models?.stop();
      await s3?.close();
      await redis?.stop();
      await folder?.remove();
    });

    async function enqueue(
      files: readonly string[],
      set: Record<string, string> = {},
    ): Promise<Record<string, unknown>[]> {
      const fields = Object.entries(set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
      const result = await cli(
        ['enqueue', ...files, '--type', 'image', '--wait', '--json', '--out', 'out', ...fields],
        { cwd: folder.path, env },
      );
      if (result.stdout === '') throw new TypeError(result.stderr);
      return jsonLines(result);
    }

    test('does a job from the upload to the labels, with the statuses, fields and files of the contract', async () => {
      await writeNuclei(join(folder.path, 'field, one.tif'), 300, 280);
      const watcher = await client.monitor();
      const seen: string[] = [];
      watcher.on('monitor', (_time: string, args: string[]) => void seen.push(args.join(' ')));
      const [outcome] = await enqueue(['field, one.tif'], { model_name: 'NuclearSegmentation', model_version: '2' });
      watcher.disconnect();
      expect(outcome).toMatchObject({ file: 'field, one.tif', status: 'done' });
      const fields = await client.hgetall(outcome!['hash'] as string);
      expect(fields).toMatchObject({
        status: 'done',
        original_name: 'field, one.tif',
        scale: '1',
        total_jobs: '1',
        identity_started: 'segmentation-consumer-5c-x2',
        updated_by: 'segmentation-consumer-5c-x2',
      });
      for (const time of [
        'download_time',
        'preprocess_time',
        'prediction_time',
        'postprocess_time',
        'upload_time',
        'total_time',
      ]) {
        expect(Number(fields[time])).toBeGreaterThan(0);
      }
      expect(fields['output_file_name']).toMatch(/^output\/[0-9a-f]{32}\.zip$/);
      for (const time of ['created_at', 'updated_at', 'finished_at'])
        expect(fields[time]).toMatch(/^\d{4}-\d\d-\d\dT.*(Z|\+00:00)$/);
      const order = ['started', 'pre-processing', 'predicting', 'post-processing', 'saving-results', 'done'];
      const positions = order.map((status) => seen.findIndex((line) => line.split(' ').includes(status)));
      expect(positions.every((position) => position >= 0)).toBe(true);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      expect(await client.llen('processing-segmentation:segmentation-consumer-5c-x2')).toBe(0);
      expect(await client.llen('segmentation')).toBe(0);
      const link = await fetch(fields['output_url']!);
      expect(link.status).toBe(200);
      expect(
        Buffer.from(await link.arrayBuffer()).equals(await readFile(join(folder.path, 'out', 'field, one.zip'))),
      ).toBe(true);
    }, 60_000);

    test('packs float32 planes under the names of the contract, readable by an independent reader', async () => {
      const listing = spawnSync('python3', [
        '-c',
        'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())',
        join(folder.path, 'out', 'field, one.zip'),
      ]);
      expect(listing.stdout.toString().trim()).toBe("['field, one_feature_0.tif']");
      const labels = await readImage(join(folder.path, 'out', 'field, one_labels.tif'), { limits });
      expect(labels).toMatchObject({ dtype: 'int32', shape: [300, 280] });
      expect(Math.max(...(labels.data as Int32Array))).toBeGreaterThan(20);
    });

    test.each<[string, () => Promise<[string, Record<string, string>]>, RegExp]>([
      ['a file that is no image', async () => [await textFile('no-image.tif'), {}], /^ImageReadError: .*/],
      [
        'a function that there is not',
        async () => [await nuclei(), { postprocess_function: 'deep_watershd' }],
        /^UnknownFunctionError: .*did you mean deep_watershed/,
      ],
      [
        'a model that there is not',
        async () => [await nuclei(), { model_name: 'NuclearSegmentaton' }],
        /^UnknownModelError: .*NuclearSegmentaton/,
      ],
      [
        'a wrong number of channels',
        async () => [await nuclei(), { model_name: 'Three', model_version: '1' }],
        /^ModelInputError: The image has 1 channels; model Three:1 takes 3\./,
      ],
      [
        'a scale out of bounds',
        async () => [await nuclei(), { scale: '40' }],
        /^InvalidJobError: The scale of the image is 40/,
      ],
      [
        'a parameter that there is not',
        async () => [await nuclei(), { postprocess_options: '{"radios": 3}' }],
        /^InvalidJobError: .*radios/,
      ],
    ])(
      'fails a job with %s, saying what was found and what to change',
      async (_name, make, reason) => {
        const [file, set] = await make();
        const [outcome] = await enqueue([file], set);
        expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
        const fields = await client.hgetall(outcome!['hash'] as string);
        expect(fields['status']).toBe('failed');
        expect(fields['finished_at']).toBeDefined();
        expect(await client.llen('processing-segmentation:segmentation-consumer-5c-x2')).toBe(0);
      },
      60_000,
    );

    test.each<[string, Record<string, string>, RegExp]>([
      ['an object that is not there', { input_file_name: 'uploads/none.tif' }, /ObjectNotFoundError: /],
      ['a key that leaves the bucket', { input_file_name: '../../etc/passwd' }, /StorageKeyError: /],
      ['a key of another bucket', { input_file_name: 's3://other/x.tif' }, /StorageKeyError: /],
      [
        'a wrong suffix',
        { input_file_name: 'uploads/many.zip' },
        /InvalidFileTypeError: Invalid filetype for "segmentation" job\./,
      ],
      ['no file at all', {}, /InvalidJobError: The job has no "input_file_name"/],
    ])('fails a hand-made job with %s', async (_name, fields, reason) => {
      const key = `segmentation:x.tif:${Math.random()}`;
      await client.hset(key, {
        status: 'new',
        created_at: new Date().toISOString(),
        updated_at: new Date().toISOString(),
        original_name: 'x.tif',
        ...fields,
      });
      await client.lpush('segmentation', key);
      const settled = await until(async () => {
        const hash = await client.hgetall(key);
        return hash['status'] === 'failed' ? hash : undefined;
      });
      expect(settled['reason']!.split('\n').at(-1)).toMatch(reason);
    });

    test.each<[string, Parameters<ModelServer['set']>[0], RegExp]>([
      ['a wrong shape', { fault: 'wrong-shape' }, /^ModelOutputError: .*shape/],
      ['NaN', { fault: 'nan' }, /^ModelOutputError: .*NaN/],
      ['half a message', { fault: 'half-message' }, /^ModelOutputError: /],
    ])(
      'fails a job when the model answers %s',
      async (_name, behaviours, reason) => {
        await models.set(behaviours);
        try {
          const [outcome] = await enqueue([await nuclei()], { model_name: 'NuclearSegmentation' });
          expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
        } finally {
          await models.set({});
        }
      },
      60_000,
    );

    test('waits for a model server that is away, and goes on when it is back', async () => {
      await models.set({ fail: { code: 'UNAVAILABLE', times: 2, method: 'Predict' } });
      const [outcome] = await enqueue([await nuclei()], { model_name: 'NuclearSegmentation' });
      expect(outcome).toMatchObject({ status: 'done' });
      expect(worker.stderr()).toMatch(/waiting for a service/);
    }, 60_000);

    test('learns the batch limit of the server from its refusal', async () => {
      await models.set({ maxBatch: 2 });
      await writeNuclei(join(folder.path, 'large.tif'), 1200, 1300);
      const before = (await models.calls()).length;
      const outcomes = [...(await enqueue(['large.tif'])), ...(await enqueue(['large.tif']))];
      expect(outcomes.map((outcome) => outcome['status'])).toEqual(['done', 'done']);
      const batches = (await models.calls()).slice(before).filter((call) => call.method === 'Predict');
      const firstGood = batches.findIndex((call) => call.code === 'OK');
      expect(batches.slice(firstGood).every((call) => call.batch! <= 2)).toBe(true);
      await models.set({});
    }, 60_000);

    test('keeps the label image of a tiled field whole across the seams', async () => {
      const labels = await readImage(join(folder.path, 'out', 'large_labels.tif'), { limits });
      expect(labels.shape).toEqual([1200, 1300]);
      expect(new Set(labels.data as Int32Array).size).toBeGreaterThan(700);
    });

    test('takes jobs again at once after Redis was away', async () => {
      await client.call('DEBUG', 'SLEEP', '1').catch(() => undefined);
      const [outcome] = await enqueue([await nuclei()]);
      expect(outcome).toMatchObject({ status: 'done' });
    }, 60_000);

    test('finishes the job in hand and ends with 0 on SIGTERM', async () => {
      await models.set({ delayMs: 800 });
      const started = enqueue([await nuclei()]);
      await until(async () =>
        (await client.llen('processing-segmentation:segmentation-consumer-5c-x2')) > 0 ? true : undefined,
      );
      expect(await worker.stop('SIGTERM')).toBe(0);
      expect((await started)[0]).toMatchObject({ status: 'done' });
      await models.set({});
    }, 60_000);

    async function nuclei(): Promise<string> {
      await writeNuclei(join(folder.path, 'nuclei.tif'), 128, 128);
      return 'nuclei.tif';
    }

    async function textFile(name: string): Promise<string> {
      await mkdir(folder.path, { recursive: true });
      await writeFile(join(folder.path, name), 'this is no image');
      return name;
    }
  },
);

async function until<T>(look: () => Promise<T | undefined>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new TypeError('never came true');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
