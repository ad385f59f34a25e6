import assert from 'node:assert/strict';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobFields } from '../../../src/broker/contract.js';
import { startModelStub } from './start-model-stub.js';
import { startRedisServer } from '../../support/redis-server.js';
import { built } from '../../support/built.js';
import { processorMs, readReport, startProgram, type ProbeReport } from './program.js';
import { watchCommands, type SeenCommand } from './redis-commands.js';
import { referenceImage } from './reference-image.js';
import { referenceLabels } from './reference-model.js';

type Writer = typeof import('../../../src/images/tiff/write.js');
type Archive = typeof import('../../../src/images/archive/label-planes.js');

/** What a backlog of reference jobs left behind. */
export interface ReferenceRun {
  /** The hashes at the end. */
  readonly jobs: readonly JobFields[];
  /** From the end of one job to the end of the next, in ms. */
  readonly intervalsMs: readonly number[];
  /** Commands that the worker sent to Redis from the end of the first job to the end of the last, for one job. */
  readonly commandsPerJob: number;
  readonly probe: ProbeReport;
  /** Processor time of one job, the first left out: all threads of the worker, and the model server. */
  readonly workerCpuMs: number;
  readonly serverCpuMs: number | undefined;
}

const QUEUE = 'predict';
const LIMITS = { maxPixels: 1e8, maxBytes: 1e9 };
/** Tiles are blended where they overlap, which may move a border: so many objects may differ. */
const DIFFERING_SHARE = 0.005;

/**
 * The reference job, over and over: a synthetic field of nuclei, `normalize`, a model of 512 × 512 that answers at once
 * as packed `float_val`, `deep_watershed@0.6.1`. Broker, model server and worker are processes of their own, the bucket
 * is a folder; one worker, one job at a time.
 */
export async function runReferenceJobs(
  folder: string,
  size: readonly [number, number],
  jobs: number,
): Promise<ReferenceRun> {
  const own = await mkdtemp(join(folder, 'reference-'));
  const bucket = join(own, 'bucket');
  await mkdir(join(bucket, 'uploads'), { recursive: true });
  const { image } = referenceImage(...size);
  const { writeTiff } = built('src/images/tiff/write.js') as Writer;
  await writeTiff(join(bucket, 'uploads/field.tif'), image, { compression: 'none' });
  const redis = await startRedisServer();
  const models = await startModelStub();
  try {
    const client = redis.client();
    const keys = Array.from({ length: jobs }, (_, index) => `${QUEUE}:field.tif:${index}`);
    for (const key of keys) await client.hset(key, jobFields());
    for (const key of keys) await client.lpush(QUEUE, key);
    const watch = await watchCommands(redis.client());
    const report = join(own, 'report.json');
    const ports = ['--broker', redis.url, '--storage', `file:${bucket}`, '--models', `grpc://127.0.0.1:${models.port}`];
    const worker = startProgram(['consume', '--type', 'image', '--drain', ...ports], { cwd: own, report });
    let serverBefore: Promise<number | undefined> | undefined;
    watch.onFirst(keys[1]!, () => {
      worker.resetProbe();
      serverBefore = processorMs(models.pid);
    });
    await worker.ended();
    await watch.end();
    const server = difference(await processorMs(models.pid), await serverBefore);
    const commands = [...watch.commands];
    const done = await Promise.all(keys.map(async (key) => await client.hgetall(key)));
    for (const fields of done) assert.equal(fields['status'], 'done', fields['reason']);
    await checkLabels(join(bucket, done.at(-1)!['output_file_name']!), own, size);
    const probe = await readReport(report);
    return {
      jobs: done,
      ...countCommands(commands, keys),
      probe,
      workerCpuMs: probe.cpuMs / (jobs - 1),
      serverCpuMs: server === undefined ? undefined : server / (jobs - 1),
    };
  } finally {
    await models.stop();
    await redis.stop();
  }
}

function jobFields(): JobFields {
  const now = new Date().toISOString();
  return {
    original_name: 'field.tif',
    input_file_name: 'uploads/field.tif',
    model_name: 'NuclearSegmentation',
    model_version: '1',
    preprocess_function: 'normalize',
    postprocess_function: 'deep_watershed@0.6.1',
    scale: '1',
    status: 'new',
    created_at: now,
    updated_at: now,
  };
}

/** A job has ended with the last command that names it. */
function countCommands(commands: readonly SeenCommand[], keys: readonly string[]) {
  const ends = keys.map((key) => commands.findLast(({ args }) => args.includes(key))!.at);
  assert.ok(
    ends.every((end, index) => index === 0 || end > ends[index - 1]!),
    'the jobs did not end in the order in which they were pushed',
  );
  const intervalsMs = ends.slice(1).map((end, index) => (end - ends[index]!) * 1000);
  const between = commands.filter(({ at }) => at > ends[0]! && at <= ends.at(-1)!);
  return { intervalsMs, commandsPerJob: between.length / (keys.length - 1) };
}

/** The archive of a job holds the cells that the functions find without tiles, queue and files. */
async function checkLabels(archive: string, folder: string, size: readonly [number, number]): Promise<void> {
  const { readLabelPlanes } = built('src/images/archive/label-planes.js') as Archive;
  const { planes } = await readLabelPlanes(archive, folder, LIMITS);
  const found = planes[0]!.labels;
  assert.deepEqual([...found.shape], [...size]);
  const expected = referenceLabels(referenceImage(...size).image);
  const [cells, expectedCells] = [greatest(found.data), greatest(expected.data)];
  const differing = Math.abs(cells - expectedCells);
  assert.ok(
    expectedCells > 0 && differing <= expectedCells * DIFFERING_SHARE,
    `${cells} cells instead of ${expectedCells}`,
  );
}

function greatest(labels: Int32Array): number {
  return labels.reduce((most, value) => Math.max(most, value), 0);
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
