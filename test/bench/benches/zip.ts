import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { newJobFields } from '../../../src/broker/job-hash.js';
import { zipFiles } from '../../../src/images/archive/zip-write.js';
import { startRedisServer } from '../../support/redis-server.js';
import { requireTool } from '../../support/require-tool.js';
import type { Benchmark } from '../contract.js';
import { startProgram, type Program } from '../support/program.js';
import { single, spreadOf } from '../support/spread.js';

/** As many images, and bytes of each, as the Kiosk's largest benchmarks have in a few archives. */
const IMAGES = Number(process.env['BENCH_ZIP_IMAGES'] ?? 10_000);
const IMAGE_BYTES = 1_000_000;
/** Part of each image that cannot be packed, so that neither the archive nor the results are empty. */
const NOISE_BYTES = 50_000;
const SAMPLE_EVERY_MS = 500;
const MOST_MEMORY_MB = 300;
const PLUGIN = fileURLToPath(new URL('../../support/pack-plugin.mjs', import.meta.url));
const HASH = 'predict-zip:images.zip:bench';

/** A large archive through the zip consumer: what it costs beside the work on the images. */
export const zip: Benchmark = {
  name: 'zip',
  summary: `An archive of ${IMAGES} images of a megabyte: memory of the zip consumer from first to last, and what it sends to Redis.`,
  async run({ folder, own, progress }) {
    if (!requireTool('redis-server')) return [];
    const redis = own(await startRedisServer(), (server) => server.stop());
    const client = redis.client();
    progress('making the archive');
    await makeArchive(folder);
    await writeFile(
      join(folder, 'kiosk-consumer.config.mjs'),
      `export default { plugins: [${JSON.stringify(PLUGIN)}] };\n`,
    );
    const start = (type: string) =>
      own(
        startProgram(
          [
            'consume',
            '--type',
            type,
            '--broker',
            redis.url,
            '--storage',
            `file:${join(folder, 'bucket')}`,
            '--concurrency',
            '2',
          ],
          { cwd: folder },
        ),
        (program) => program.stop(),
      );
    await client.hset(
      HASH,
      newJobFields({ originalName: 'images.zip', inputFileName: 'uploads/images.zip', host: 'bench' }),
    );
    await client.lpush('predict-zip', HASH);
    const zipper = start('zip');
    const memory = sampleMemory(zipper);
    const before = await commandsOf(client);

    const startedAt = performance.now();
    progress('taking it apart');
    await until(client, (fields) => fields['status'] === 'waiting');
    const expanded = performance.now();
    const afterExpanding = await commandsOf(client);
    const packer = start('pack');
    progress('working on the images');
    while ((await client.llen('predict')) > 0) await sleep(SAMPLE_EVERY_MS);
    const beforePacking = await commandsOf(client);
    const worked = performance.now();
    progress('packing the results');
    const fields = await until(client, ({ status }) => status === 'done');
    const packed = performance.now();
    const afterPacking = await commandsOf(client);
    await packer.stop();
    assert.equal(fields['failures'], '', 'an image failed');
    assert.equal(fields['total_jobs'], String(IMAGES));
    assert.ok((await stat(join(folder, 'bucket', fields['output_file_name']!))).size > IMAGES * NOISE_BYTES);

    const samples = await memory.end();
    const commands = afterExpanding - before + (afterPacking - beforePacking);
    return [
      { name: 'resident memory', unit: 'MB', value: spreadOf(samples), note: `${samples.length} samples over the run` },
      {
        name: 'greatest resident memory',
        unit: 'MB',
        value: single(Math.max(...samples)),
        goal: { of: 'value', atMost: MOST_MEMORY_MB },
      },
      {
        name: 'Redis commands beside the work',
        unit: 'an image',
        value: single(commands / IMAGES),
        goal: { of: 'value', atMost: 1 },
      },
      { name: 'taking apart', unit: 'images/s', value: single((IMAGES / (expanded - startedAt)) * 1000) },
      { name: 'packing', unit: 'images/s', value: single((IMAGES / (packed - worked)) * 1000) },
    ];
  },
};

async function makeArchive(folder: string): Promise<void> {
  await mkdir(join(folder, 'bucket', 'uploads'), { recursive: true });
  const image = Buffer.alloc(IMAGE_BYTES);
  for (let i = 0; i < NOISE_BYTES; i += 32) createHash('sha256').update(String(i)).digest().copy(image, i);
  const file = join(folder, 'image.tif');
  await writeFile(file, image);
  const entries = Array.from({ length: IMAGES }, (_, i) => ({ name: `plate ${i % 10}/field-${i}.tif`, file }));
  await zipFiles(entries, join(folder, 'bucket', 'uploads', 'images.zip'));
}

function sampleMemory(program: Program): { end(): Promise<number[]> } {
  const samples: number[] = [];
  const stop = new AbortController();
  const sampling = (async () => {
    while (!stop.signal.aborted) {
      samples.push(await program.memoryMB());
      await sleep(SAMPLE_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    async end() {
      stop.abort();
      await sampling;
      return samples.filter((sample) => sample > 0);
    },
  };
}

/** Commands that clients have sent so far; those inside of scripts not among them. */
async function commandsOf(client: Redis): Promise<number> {
  const stats = await client.info('commandstats');
  const sent = [...stats.matchAll(/cmdstat_(eval|evalsha|hgetall|ping|blmove|role):calls=(\d+)/g)];
  return sent.reduce((sum, [, , calls]) => sum + Number(calls), 0);
}

async function until(
  client: Redis,
  holds: (fields: Record<string, string>) => boolean,
): Promise<Record<string, string>> {
  for (;;) {
    const [status = ''] = await client.hmget(HASH, 'status');
    if (holds({ status: status ?? '' })) return await client.hgetall(HASH);
    assert.notEqual(status, 'failed', (await client.hget(HASH, 'reason')) ?? '');
    await sleep(SAMPLE_EVERY_MS);
  }
}
