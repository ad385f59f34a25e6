import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Broker } from '../../src/broker/contract.js';
import { openBroker } from '../../src/broker/open.js';
import { runCli, type CliOptions } from '../support/run-cli.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const JOB = 'predict:a.tif:0f0f';
const LEASE = { worker: { name: 'pod-1', id: 'pod-1#1' }, leaseMs: 60_000 };

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

const inspect = (args: readonly string[], options: Partial<CliOptions> = {}) =>
  runCli(['inspect', ...args], { cwd: folder.path, env: { BROKER_URL: 'sqlite:jobs.db' }, ...options });

async function enqueue(key = JOB): Promise<void> {
  const now = new Date().toISOString();
  await broker.enqueue('predict', key, {
    status: 'new',
    input_file_name: 'uploads/a.tif',
    created_at: now,
    updated_at: now,
  });
}

describe('inspect without a hash', () => {
  test('shows the queues', async () => {
    await enqueue();
    await enqueue('predict:b.tif:0f0f');
    await broker.claim('predict', LEASE);
    const { code, stdout, stderr } = await inspect([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^queue +waiting +in flight +oldest waiting\npredict +1 +1 +\d+.* (ms|s)\n$/);
  });

  test('prints one object for each queue with --json', async () => {
    await enqueue();
    const { stdout } = await inspect(['--json']);
    expect(JSON.parse(stdout)).toEqual({ queue: 'predict', waiting: 1, inFlight: 0, oldestMs: expect.any(Number) });
  });

  test('says so where no queue holds a job', async () => {
    const { code, stdout } = await inspect([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^No queue in sqlite:.*jobs\.db holds a job\.\n$/);
  });
});

describe('inspect of a hash', () => {
  test('tells who holds it, until when, and the times of its stages', async () => {
    await enqueue();
    const claim = await broker.claim('predict', LEASE);
    await broker.update(claim!, LEASE, { status: 'predicting', download_time: '0.25', preprocess_time: '61.5' });
    const { code, stdout } = await inspect([JOB]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^job +predict:a\.tif:0f0f$/m);
    expect(stdout).toMatch(/^status +predicting$/m);
    expect(stdout).toMatch(/^attempts +1$/m);
    expect(stdout).toMatch(/^held by +pod-1, queue predict; lease for \d+\.\d s more$/m);
    expect(stdout).toMatch(/^ {2}download +250 ms\n {2}preprocess +1 min 1 s$/m);
    expect(stdout).toMatch(/^ {2}input_file_name +uploads\/a\.tif$/m);
  });

  test('tells what it failed of first, then where', async () => {
    await enqueue();
    const claim = await broker.claim('predict', LEASE);
    await broker.settle(claim!, LEASE, {
      status: 'failed',
      reason: 'image job failed in stage download\nbecause\nObjectNotFoundError: no such object',
    });
    const { code, stdout } = await inspect([JOB]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'failed because\n  ObjectNotFoundError: no such object\n    image job failed in stage download\n',
    );
    const { stdout: json } = await inspect([JOB, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      key: JOB,
      status: 'failed',
      failure: 'ObjectNotFoundError: no such object',
      lease: null,
      fields: { input_file_name: 'uploads/a.tif' },
    });
  });

  test('that there is not ends with 1', async () => {
    const { code, stdout, stderr } = await inspect(['nowhere']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error KC_JOB_NOT_FOUND  There is no job "nowhere"');
  });
});

describe('inspect --watch', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('shows the queues again until %s, and ends with %d', async (signal, expected) => {
    await enqueue();
    let shown = 0;
    let asked = false;
    const onStdout: CliOptions['onStdout'] = (text, kill) => {
      shown += text.split('queue').length - 1;
      // Once: a second signal ends the program on the spot.
      if (shown === 2 && !asked) kill(signal);
      asked ||= shown === 2;
    };
    const { code, stderr } = await inspect(['--watch'], { onStdout });
    expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
    expect(shown).toBe(2);
  });
});

describe('a service that does not answer', () => {
  test('ends with 3, and where nothing was set the three settings for one machine are told', async () => {
    const unset = await inspect([], { env: { REDIS_TIMEOUT: '0.5' } });
    expect(unset.code).toBe(3);
    expect(unset.stderr).toContain('error KC_BROKER_UNREACHABLE');
    for (const line of ['BROKER_URL=sqlite:', 'STORAGE_BUCKET=file:', 'MODEL_SERVER=onnx:'])
      expect(unset.stderr).toContain(line);
  });

  test('that was set is told alone', async () => {
    const env = {
      BROKER_URL: 'redis://127.0.0.1:1',
      STORAGE_BUCKET: 'file:b',
      MODEL_SERVER: 'onnx:bundled',
      REDIS_TIMEOUT: '0.5',
    };
    const { code, stderr } = await inspect(['--json'], { env });
    expect(code).toBe(3);
    expect(stderr).toContain('KC_BROKER_UNREACHABLE');
    expect(stderr).not.toContain('STORAGE_BUCKET=');
  });
});

test('a plugin that cannot be loaded is told by name, and all of them together', async () => {
  await writeFile(
    join(folder.path, 'kiosk-consumer.config.json'),
    '{ "plugins": ["kiosk-consumer-plugin-none", "./none.ts"] }',
  );
  const { code, stderr } = await runCli(['plugins', 'list'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(stderr).toContain('error KC_PLUGIN  2 plugins cannot be loaded.');
  expect(stderr).toContain('The plugin package "kiosk-consumer-plugin-none" was not found');
  expect(stderr).toContain('The plugin "./none.ts" was not found');
});
