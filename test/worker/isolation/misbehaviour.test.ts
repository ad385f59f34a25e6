import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Broker } from '../../../src/broker/contract.js';
import { newJobFields } from '../../../src/broker/job-hash.js';
import { openBroker } from '../../../src/broker/open.js';
import { startCli, type CliResult, type RunningCli } from '../../support/cli.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const PLUGIN = new URL('../../support/misbehaving-plugin.mjs', import.meta.url).pathname;
const MINUTE_MS = 60_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let broker: Broker;

beforeEach(async () => {
  folder = await temporaryFolder();
  broker = await openBroker(`sqlite:${join(folder.path, 'jobs.db')}`);
});
afterEach(async () => {
  await broker.close();
  await folder.remove();
});

async function enqueue(how: string): Promise<string> {
  const key = `misbehave:${how}:${Math.random()}`;
  const base = newJobFields({ originalName: 'x.tif', inputFileName: 'uploads/x.tif', host: 'here' });
  await broker.enqueue('misbehave', key, { ...base, how });
  return key;
}

async function start(
  args: readonly string[],
  options: Record<string, unknown>,
  env: Record<string, string>,
): Promise<RunningCli> {
  const config = join(folder.path, 'kiosk-consumer.config.json');
  await writeFile(config, JSON.stringify({ plugins: [PLUGIN], consumers: { misbehave: options } }));
  return startCli(['consume', '--type', 'misbehave', '--config', config, ...args], {
    cwd: folder.path,
    env: {
      BROKER_URL: `sqlite:${join(folder.path, 'jobs.db')}`,
      STORAGE_BUCKET: `file:${join(folder.path, 'bucket')}`,
      KIOSK_LEASE: '1',
      KIOSK_RENEW: '0.2',
      INTERVAL: '0.2',
      ...env,
    },
  });
}

/** A worker, from its start until nothing waits. */
async function consume(options: Record<string, unknown>, env: Record<string, string> = {}): Promise<CliResult> {
  return await (
    await start(['--drain'], options, env)
  ).ended;
}

/** Another worker, which gives up a job at its first death, until it has done so. */
async function giveUp(key: string): Promise<void> {
  const worker = await start([], {}, { KIOSK_MAX_DEATHS: '1' });
  try {
    await until(async () => (await broker.read(key))?.['status'] === 'failed');
  } finally {
    await worker.stop();
  }
}

async function until(holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new TypeError('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const lastLine = async (key: string) => (await broker.read(key))?.['reason']?.split('\n').at(-1);
const CRASH = 'PluginCrashError: The plugin';

describe.each(['none', 'thread'])('with isolation %s', (isolation) => {
  test.each([
    ['throws', 'TypeError: thrown at once'],
    ['leaves-a-rejection', `${CRASH} left an error that nobody caught: TypeError: nobody awaits this. It is for the`],
    ['throws-in-a-timer', `${CRASH} left an error that nobody caught: TypeError: thrown in a timer. It is for the`],
    ['exits', `${CRASH} wanted to end the process with exit code 7. It is for the`],
  ])('a plugin that %s fails its job, and the same worker does the next', async (how, reason) => {
    const [bad, good] = [await enqueue(how), await enqueue('well')];
    expect(await consume({ isolation })).toMatchObject({ code: 0 });
    expect(await lastLine(bad)).toContain(reason);
    expect(await broker.read(good)).toMatchObject({ status: 'done', did: 'the job' });
  });
});

describe('with isolation thread', () => {
  test('a plugin that loops fails its job after the deadline, and the same worker does the next', async () => {
    const [bad, good] = [await enqueue('loops'), await enqueue('well')];
    const options = { isolation: 'thread', deadlineSeconds: 1, maxAttempts: 1 };
    expect(await consume(options)).toMatchObject({ code: 0 });
    expect(await lastLine(bad)).toMatch(/^JobTimeoutError: The job made no progress for 1 s\. .*loops for ever/);
    expect(await broker.read(good)).toMatchObject({ status: 'done' });
  });

  test.each(['leaks', 'leaks-buffers'])(
    'a plugin that %s fails its job at its limit, and the same worker does the next',
    async (how) => {
      const [bad, good] = [await enqueue(how), await enqueue('well')];
      expect(await consume({ isolation: 'thread', memoryLimitMB: 64 })).toMatchObject({ code: 0 });
      expect(await lastLine(bad)).toMatch(
        /^PluginMemoryError: The plugin took more memory than its limit of 64 MB\. .*raise/,
      );
      expect(await broker.read(good)).toMatchObject({ status: 'done' });
    },
    MINUTE_MS,
  );
});

describe('a job that is cancelled', () => {
  test.each(['waits', 'loops'])(
    'stops within two seconds in a thread that %s, and the worker does the next',
    async (how) => {
      const bad = await enqueue(how);
      const worker = await start([], { isolation: 'thread' }, {});
      try {
        await until(async () => (await broker.inspect(bad))?.fields['status'] === 'started');
        await broker.cancel(bad, 'test', { status: 'failed', reason: 'JobCancelledError: by the test' });
        await worker.sees('job lost', 2000);
        const good = await enqueue('well');
        await until(async () => (await broker.read(good))?.['status'] === 'done');
        expect(await lastLine(bad)).toBe('JobCancelledError: by the test');
      } finally {
        await worker.stop();
      }
    },
  );
});

describe('with isolation none', () => {
  test(
    'a plugin that loops takes its worker along, with evidence; the next worker fails the job and does the next',
    async () => {
      const [bad, good] = [await enqueue('loops'), await enqueue('well')];
      const first = await consume({ deadlineSeconds: 1 });
      expect([first.code, first.stderr]).toEqual([null, expect.stringContaining('the event loop was blocked')]);
      await giveUp(bad);
      expect(await lastLine(bad)).toMatch(/^WorkerCrashError: .*stage misbehaving.*the event loop was blocked/);
      expect(await broker.read(good)).toMatchObject({ status: 'done' });
    },
    MINUTE_MS,
  );

  test(
    'a plugin that leaks takes its worker along; the next worker fails the job and does the next',
    async () => {
      const [bad, good] = [await enqueue('leaks'), await enqueue('well')];
      const first = await consume({}, { NODE_OPTIONS: '--max-old-space-size=96' });
      expect([first.code, first.stderr]).toEqual([null, expect.stringContaining('heap out of memory')]);
      await giveUp(bad);
      expect(await lastLine(bad)).toMatch(/^WorkerCrashError: The worker died 1 times/);
      expect(await broker.read(good)).toMatchObject({ status: 'done' });
    },
    MINUTE_MS,
  );

  test(
    'an error that belongs to no job ends the process as its own fault, and is found with the job in hand',
    async () => {
      const bad = await enqueue('waits');
      const first = await consume({}, { MISBEHAVE_OUTSIDE_OF_JOBS: '1500' });
      expect([first.code, first.stderr]).toEqual([70, expect.stringContaining('thrown outside of jobs')]);
      await giveUp(bad);
      expect(await lastLine(bad)).toMatch(
        /^WorkerCrashError: .*stage misbehaving.*ended itself on an error that nobody caught: thrown outside of jobs/,
      );
    },
    MINUTE_MS,
  );
});
