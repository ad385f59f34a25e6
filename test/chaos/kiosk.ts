import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { startModelServer, type ModelServer } from '../support/model-server/start-model-server.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import type { S3Peer } from '../support/s3-peer.js';
import { startS3rver } from '../support/s3rver.js';
import { nucleiImage } from '../../src/testing/nuclei.js';
import { built } from '../support/built.js';
import { Fleet } from './fleet.js';
import { Recovery } from './recovery.js';

type Writer = typeof import('../../src/images/tiff/write.js');

export interface KioskOptions {
  /** An empty folder of this run's own. */
  readonly folder: string;
  readonly random: () => number;
  readonly workers: number;
  readonly concurrency: number;
  /** `image`: download, model, labels, upload. `sleep`: a plugin that takes a second. `poison`: one that may kill its worker. */
  readonly type: 'image' | 'sleep' | 'poison';
  /** Default: a folder. `s3`: a server that can be told to fail. */
  readonly bucket?: 'file' | 's3';
  /** How long the model thinks. */
  readonly modelDelayMs?: number;
  /** Further settings of the workers, as variables. */
  readonly env?: Readonly<Record<string, string>>;
}

export const QUEUE = 'chaos';
const BUCKET = 'chaos';
const IMAGE = 'uploads/field.tif';
const IMAGE_SIDE = 64;

/** All parts of a deployment, each a process of its own on this machine, and the ways to hurt them. */
export class Kiosk {
  readonly fleet: Fleet;
  readonly recovery: Recovery;
  /** Stops and starts of Redis so far: each may make all jobs in hand run again. */
  redisRestarts = 0;

  private constructor(
    readonly options: KioskOptions,
    private redis: RedisServer,
    readonly client: Redis,
    readonly models: ModelServer,
    readonly s3: S3Peer | undefined,
    readonly proxy: FaultProxy | undefined,
    config: string,
  ) {
    this.fleet = new Fleet(options, this.environment(), config);
    this.recovery = new Recovery(client, QUEUE);
  }

  static async open(options: KioskOptions): Promise<Kiosk> {
    const { folder } = options;
    await mkdir(join(folder, 'redis'), { recursive: true });
    await mkdir(join(folder, 'tmp'), { recursive: true });
    const redis = await startDurableRedis(folder);
    const models = await startModelServer({
      models: [{ name: 'Nuclei', input: { name: 'image', dtype: 'float32', shape: [-1, -1, -1, 1] } }],
      behaviours: { delayMs: options.modelDelayMs ?? 0 },
    });
    const s3 = options.bucket === 's3' ? await startS3rver(BUCKET) : undefined;
    const proxy = s3 && (await startFaultProxy(s3.endpoint));
    const client = new Redis({ port: redis.port, host: '127.0.0.1', protocol: 2 });
    client.on('error', () => undefined);
    const config = join(folder, 'kiosk-consumer.config.mjs');
    await writeFile(config, `export default { plugins: [${JSON.stringify(PLUGIN)}] };\n`);
    const kiosk = new Kiosk(options, redis, client, models, s3, proxy, config);
    await kiosk.putImage();
    return kiosk;
  }

  get bucketFolder(): string {
    return join(this.options.folder, 'bucket');
  }

  /** Makes jobs as the Kiosk's frontend does. @returns their hashes; job `n` is called `job-n` */
  async enqueue(count: number): Promise<string[]> {
    const keys = Array.from({ length: count }, (_, n) => `${QUEUE}:job-${n}.tif:${n}`);
    for (const [n, key] of keys.entries()) {
      const now = new Date().toISOString();
      await this.client
        .multi()
        .hset(key, { ...FIELDS, original_name: `job-${n}.tif`, status: 'new', created_at: now, updated_at: now })
        .lpush(QUEUE, key)
        .exec();
    }
    return keys;
  }

  /** Ends Redis at once; its append-only file stays. */
  async killRedis(): Promise<void> {
    this.redisRestarts++;
    await this.redis.stop({ keepData: true });
  }

  async startRedis(): Promise<void> {
    this.redis = await startDurableRedis(this.options.folder, this.redis.port);
  }

  /** Redis neither answers nor hangs up. */
  freezeRedis(): void {
    this.redisRestarts++;
    this.redis.process.kill('SIGSTOP');
  }

  thawRedis(): void {
    this.redis.process.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.fleet.close();
    this.client.disconnect();
    await Promise.all([this.redis.stop({ keepData: true }), this.models.stop(), this.proxy?.close(), this.s3?.close()]);
  }

  private environment(): Record<string, string> {
    const { folder, env } = this.options;
    const storage =
      this.proxy && this.s3
        ? `s3://${BUCKET}?endpoint=${this.proxy.endpoint}&pathStyle=true&region=us-east-1`
        : `file:${this.bucketFolder}`;
    return {
      BROKER_URL: `redis://127.0.0.1:${this.redis.port}`,
      STORAGE_BUCKET: storage,
      AWS_ACCESS_KEY_ID: this.s3?.accessKeyId ?? 'none',
      AWS_SECRET_ACCESS_KEY: this.s3?.secretAccessKey ?? 'none',
      MODEL_SERVER: `grpc://127.0.0.1:${this.models.port}`,
      NUCLEAR_MODEL: 'Nuclei:1',
      QUEUE,
      TMPDIR: join(folder, 'tmp'),
      ...env,
    };
  }

  private async putImage(): Promise<void> {
    const { writeTiff } = built('src/images/tiff/write.js') as Writer;
    const file = join(this.bucketFolder, IMAGE);
    await mkdir(join(this.bucketFolder, 'uploads'), { recursive: true });
    await writeTiff(file, nucleiImage(IMAGE_SIDE, IMAGE_SIDE));
    if (this.s3) await putObject(this.s3, IMAGE, file);
  }
}

const PLUGIN = new URL('./plugin.mjs', import.meta.url).pathname;

const FIELDS = {
  input_file_name: IMAGE,
  preprocess_function: 'normalize',
  postprocess_function: 'deep_watershed@0.6.1',
  scale: '1',
};

async function startDurableRedis(folder: string, port?: number): Promise<RedisServer> {
  return await startRedisServer({
    dir: join(folder, 'redis'),
    args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    ...(port !== undefined && { port }),
  });
}

async function putObject(s3: S3Peer, key: string, file: string): Promise<void> {
  const answer = await fetch(`${s3.endpoint}/${BUCKET}/${key}`, { method: 'PUT', body: await readFile(file) });
  if (!answer.ok) throw new TypeError(`the image could not be put into the bucket: ${answer.status}`);
}
