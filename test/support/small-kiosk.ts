import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { cli, jsonLines, startCli, type RunningCli } from './cli.js';
import { startModelServer, type ModelServer, type ServedModel } from './model-server/start-model-server.js';
import { readArchive, type ArchiveEntry } from './read-archive.js';
import { startRedisServer } from './redis-server.js';
import { temporaryFolder } from './temporary-folder.js';

/** The words that the field takes. Commands that read it are followed by something else. */
const STATUS = /^(new|started|pre-processing|predicting|post-processing|saving-results|done|failed)$/;

/** One line of `enqueue --wait --json`. */
export interface JobOutcome {
  readonly hash: string;
  readonly status: 'done' | 'failed';
  readonly reason?: string;
}

/** A real Redis, a folder for a bucket, a model server and workers, each in a process of its own. */
export interface SmallKiosk {
  readonly folder: string;
  readonly client: Redis;
  readonly models: ModelServer;
  /** Starts a worker of this type, which consumes a queue of the type's name. */
  work(type: string, env?: Readonly<Record<string, string>>): Promise<void>;
  /** Sends a file of the folder and waits for the end of its job. */
  send(type: string, file: string, fields?: Readonly<Record<string, string>>, queue?: string): Promise<JobOutcome>;
  /** What the last job of this file name came to, as Python reads it. */
  results(stem: string): ArchiveEntry[];
  /** All values that the field `status` of a job takes from now on, in order, and a way to end that. */
  watchStatus(): Promise<() => string[]>;
  stop(): Promise<void>;
}

export async function startSmallKiosk(models: readonly ServedModel[]): Promise<SmallKiosk> {
  const folder = await temporaryFolder();
  const [redis, server] = await Promise.all([startRedisServer(), startModelServer({ models })]);
  const client = redis.client();
  const workers: RunningCli[] = [];
  const env = {
    BROKER_URL: redis.url,
    STORAGE_BUCKET: `file:${join(folder.path, 'bucket')}`,
    MODEL_SERVER: `grpc://127.0.0.1:${server.port}`,
    KIOSK_RETRY_BACKOFF: '0.05',
  };
  return {
    folder: folder.path,
    client,
    models: server,
    async work(type, more = {}) {
      const worker = startCli(['consume', '--type', type], { cwd: folder.path, env: { ...env, QUEUE: type, ...more } });
      workers.push(worker);
      await worker.sees('waiting for jobs');
    },
    async send(type, file, fields = {}, queue = type) {
      const set = Object.entries(fields).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
      const args = ['enqueue', file, '--type', type, '--wait', '--json', '--out', 'out', ...set];
      const result = await cli(args, { cwd: folder.path, env: { ...env, QUEUE: queue } });
      if (result.stdout === '') throw new TypeError(result.stderr);
      return jsonLines<JobOutcome>(result)[0]!;
    },
    results: (stem) => readArchive(join(folder.path, 'out', `${stem}.zip`)),
    async watchStatus() {
      const watcher = await client.monitor();
      const seen: string[] = [];
      watcher.on('monitor', (_time: string, args: string[]) => {
        const written = args[args.indexOf('status') + 1] ?? '';
        if (args.includes('status') && STATUS.test(written)) seen.push(written);
      });
      return () => {
        watcher.disconnect();
        return seen.filter((status, index) => status !== seen[index - 1]);
      };
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
      await server.stop();
      await redis.stop();
      await folder.remove();
    },
  };
}
