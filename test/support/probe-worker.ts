import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBroker, type BrokerOptions } from '../../src/broker/open.js';
import type { Broker, JobFields } from '../../src/broker/contract.js';
import { startCli, type RunningCli } from './cli.js';
import { temporaryFolder } from './temporary-folder.js';

/** What a job of the type `probe` does, in this order; the file that it uploads is there from the start. */
export interface Act {
  /** Keeps the main loop busy. */
  readonly blockMs?: number;
  readonly sleepMs?: number;
  /** Fails this many tries in a way that may pass. */
  readonly failures?: number;
}

/** The plugin notes each try in a file of its own, past the broker: what ran can be counted independently. */
const PLUGIN = `
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, definePlugin, KioskError } from 'kiosk-consumer';

class Probe extends Consumer {
  accepts() {
    return true;
  }
  async consume(job) {
    const { blockMs = 0, sleepMs = 0, failures = 0 } = JSON.parse(job.fields.act);
    appendFileSync('tries.log', JSON.stringify({ key: job.key, pid: process.pid, attempt: job.attempt }) + '\\n');
    return await this.stage('probing', async () => {
      const file = this.path('result.txt');
      writeFileSync(file, 'result');
      const { key, url } = await this.upload(file);
      const until = Date.now() + blockMs;
      while (Date.now() < until);
      await sleep(sleepMs);
      if (job.attempt <= failures) throw new KioskError('KC_MODEL_FAILED', 'not yet', { retry: 'later' });
      return { output_file_name: key, output_url: url };
    });
  }
}
export default definePlugin({ name: 'probe', apiVersion: 1, consumers: { probe: Probe } });
`;

export interface Try {
  readonly key: string;
  readonly pid: number;
  readonly attempt: number;
}

/** A folder with the plugin, a bucket, and workers of one broker: real processes of the built program. */
export interface ProbeFleet {
  readonly folder: string;
  readonly broker: Broker;
  /** Starts a worker and waits until it waits for jobs. */
  start(hostname: string, env?: Readonly<Record<string, string>>, args?: readonly string[]): Promise<RunningCli>;
  enqueue(act: Act, fields?: JobFields): Promise<string>;
  /** Waits until the job is done or has failed. @returns its fields */
  ended(key: string, timeoutMs?: number): Promise<JobFields>;
  tries(key?: string): Promise<Try[]>;
  /** Waits until so many tries have begun. */
  tried(count: number, timeoutMs?: number): Promise<Try[]>;
  close(): Promise<void>;
}

/** Short times, so that a lease runs out soon. */
const QUICK = {
  KIOSK_LEASE: '2',
  KIOSK_RENEW: '0.3',
  INTERVAL: '0.3',
  KIOSK_RETRY_BACKOFF: '0.05',
  LOG_LEVEL: 'info',
};

export async function openProbeFleet(
  brokerUrl: (folder: string) => string,
  config: object = {},
  brokerOptions: BrokerOptions = {},
): Promise<ProbeFleet> {
  const folder = await temporaryFolder();
  await writeFile(join(folder.path, 'probe.mjs'), PLUGIN);
  await writeFile(
    join(folder.path, 'kiosk-consumer.config.json'),
    JSON.stringify({ plugins: ['./probe.mjs'], ...config }),
  );
  const url = brokerUrl(folder.path);
  const broker = await openBroker(url, brokerOptions);
  const workers: RunningCli[] = [];
  let made = 0;
  const tries = async (key?: string): Promise<Try[]> => {
    const text = await readFile(join(folder.path, 'tries.log'), 'utf8').catch(() => '');
    const all = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Try]));
    return key === undefined ? all : all.filter((found) => found.key === key);
  };
  return {
    folder: folder.path,
    broker,
    tries,
    start: async (hostname, env = {}, args = []) => {
      const worker = startCli(['consume', '--type', 'probe', ...args], {
        cwd: folder.path,
        env: { ...QUICK, BROKER_URL: url, STORAGE_BUCKET: 'file:bucket', HOSTNAME: hostname, ...env },
      });
      workers.push(worker);
      await worker.sees('waiting for jobs', 30_000);
      return worker;
    },
    enqueue: async (act, fields = {}) => {
      const key = `probe:image.tif:${(made += 1)}`;
      await broker.enqueue('probe', key, { status: 'new', act: JSON.stringify(act), ...fields });
      return key;
    },
    ended: (key, timeoutMs) =>
      until(async () => {
        const fields = await broker.read(key);
        return fields?.['status'] === 'done' || fields?.['status'] === 'failed' ? fields : undefined;
      }, timeoutMs),
    tried: (count, timeoutMs) =>
      until(async () => {
        const found = await tries();
        return found.length >= count ? found : undefined;
      }, timeoutMs),
    close: async () => {
      for (const worker of workers) {
        worker.process.kill('SIGCONT');
        await worker.stop('SIGKILL');
      }
      await broker.close();
      await folder.remove();
    },
  };
}

export async function until<T>(look: () => Promise<T | undefined> | T | undefined, timeoutMs = 20_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new TypeError('never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
