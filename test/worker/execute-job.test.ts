import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '../../src/consumer/consumer.js';
import type { Job } from '../../src/consumer/job.js';
import { KioskError } from '../../src/errors/kiosk-error.js';
import type { ConsumerClass } from '../../src/plugin/contract.js';
import { executeJob, type JobOutcome } from '../../src/worker/execute-job.js';
import { openRuntime, type TestRuntime } from '../../src/testing/runtime.js';
import { TEST_WORKER_SETTINGS } from '../../src/testing/settings.js';

let runtime: TestRuntime;

beforeEach(async () => {
  runtime = await openRuntime();
});

afterEach(async () => {
  await runtime.close();
});

async function execute(
  consumerClass: ConsumerClass,
  options: { stop?: AbortSignal; deadlineMs?: number } = {},
): Promise<JobOutcome> {
  const claim = (await runtime.broker.claim('q', runtime.lease))!;
  return await executeJob({
    ...runtime.runOf(consumerClass),
    claim,
    lease: runtime.lease,
    stop: options.stop ?? new AbortController().signal,
    workerSettings: { ...TEST_WORKER_SETTINGS, deadlineMs: options.deadlineMs ?? TEST_WORKER_SETTINGS.deadlineMs },
  });
}

async function uploads(): Promise<string[]> {
  return (await readdir(runtime.bucket, { recursive: true })).filter((name) => name.includes('.'));
}

/** Uploads a file, then does what `after` says. */
function uploading(after: (job: Job, attempt: number) => unknown): ConsumerClass {
  return class extends Consumer {
    override async consume(job: Job) {
      const file = this.path('result.zip');
      await writeFile(file, 'result');
      const { key, url } = await this.upload(file);
      await after(job, job.attempt);
      return { output_file_name: key, output_url: url };
    }
  };
}

describe('executeJob', () => {
  test('writes the fields of the consumer, the final status and the times in one step', async () => {
    const key = await runtime.enqueue();
    const outcome = await execute(uploading(() => undefined));
    expect(outcome.status).toBe('done');
    const fields = (await runtime.broker.read(key))!;
    expect(fields).toMatchObject({ status: 'done', total_jobs: '1', updated_by: 'host-1' });
    expect(fields.output_file_name).toMatch(/^output\/[0-9a-f]{32}\.zip$/);
    expect(fields.output_url).toMatch(/^file:\/\//);
    expect(fields.finished_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    expect(Number(fields.total_time)).toBeGreaterThan(0);
  });

  test('removes what was uploaded when the job fails', async () => {
    const key = await runtime.enqueue();
    await execute(
      uploading(() => Promise.reject(new KioskError('KC_IMAGE_SHAPE', 'three channels', { hint: 'Send one.' }))),
    );
    expect(await uploads()).toEqual([]);
    const fields = (await runtime.broker.read(key))!;
    expect(fields.status).toBe('failed');
    expect(fields.finished_at).toBeDefined();
    expect(fields.reason!.split('\n').at(-1)).toBe('ImageShapeError: Three channels. Send one.');
  });

  test('leaves no folder behind, whatever happens', async () => {
    const before = new Set((await readdir(tmpdir())).filter((name) => name.startsWith('kiosk-job-')));
    await runtime.enqueue();
    await execute(uploading(() => Promise.reject(new TypeError('boom'))));
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith('kiosk-job-') && !before.has(name));
    expect(left).toEqual([]);
  });

  test('names class, message and place of an error that a plugin throws', async () => {
    const key = await runtime.enqueue();
    await execute(uploading(() => Promise.reject(new TypeError('cells is not iterable'))));
    const { reason } = (await runtime.broker.read(key))!;
    expect(reason!.split('\n').at(-1)).toBe('TypeError: cells is not iterable');
    expect(reason).toContain('execute-job.test');
  });

  test('tries again after a failure that may pass, and settles once', async () => {
    const key = await runtime.enqueue();
    const attempts: number[] = [];
    const outcome = await execute(
      uploading((_job, attempt) => {
        attempts.push(attempt);
        if (attempt < 3) throw new KioskError('KC_MODEL_FAILED', 'deadline exceeded', { retry: 'later' });
      }),
    );
    expect(outcome.status).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
    expect(await uploads()).toEqual([(await runtime.broker.read(key))!.output_file_name]);
  });

  test('gives up after the attempts it has, with the last reason', async () => {
    const key = await runtime.enqueue();
    await execute(
      uploading((_job, attempt) =>
        Promise.reject(new KioskError('KC_MODEL_FAILED', `try ${attempt}`, { retry: 'later' })),
      ),
    );
    expect((await runtime.broker.read(key))!.reason).toMatch(/PredictionError: Try 3\.$/);
  });

  test('sets aside a job that has killed its worker as often as it may be tried', async () => {
    const key = await runtime.enqueue();
    const lease = { ...runtime.lease, leaseMs: 1 };
    for (let death = 1; death <= TEST_WORKER_SETTINGS.maxAttempts; death++) {
      expect(await runtime.broker.claim('q', lease)).toMatchObject({ key, attempt: death });
      await sleep(5);
      await runtime.broker.recover('q');
    }
    let runs = 0;
    const outcome = await execute(uploading(() => void runs++));
    expect(outcome.status).toBe('failed');
    expect(runs).toBe(0);
    expect((await runtime.broker.read(key))!.reason).toMatch(/WorkerCrashError: The worker died 3 times/);
  });

  test('refuses a file that the consumer does not take', async () => {
    const key = await runtime.enqueue({ input_file_name: 'uploads/many.ZIP' });
    await execute(uploading(() => undefined));
    expect((await runtime.broker.read(key))!.reason).toMatch(
      /InvalidFileTypeError: Invalid filetype for "q" job\. .*many\.ZIP/,
    );
  });

  test('aborts a job that makes no progress, and tells so', async () => {
    const key = await runtime.enqueue();
    let aborted = 0;
    const outcome = await execute(
      uploading((job) => {
        job.signal.addEventListener('abort', () => aborted++);
        return new Promise(() => undefined);
      }),
      { deadlineMs: 50 },
    );
    expect(outcome.status).toBe('failed');
    expect(aborted).toBe(3);
    expect((await runtime.broker.read(key))!.reason).toMatch(/JobTimeoutError: The job made no progress/);
  });

  test('gives the job back when the worker stops, without counting the attempt or leaving files', async () => {
    const key = await runtime.enqueue();
    const stop = new AbortController();
    const outcome = await execute(
      uploading(async () => {
        stop.abort(new KioskError('KC_ABORTED', 'the worker stops'));
        await sleep(1_000);
      }),
      { stop: stop.signal },
    );
    expect(outcome.status).toBe('returned');
    expect(await uploads()).toEqual([]);
    const again = await runtime.broker.claim('q', runtime.lease);
    expect(again).toMatchObject({ key, attempt: 1 });
  });

  test('writes and publishes nothing when the job has become that of another worker', async () => {
    const key = await runtime.enqueue();
    const stop = new AbortController();
    const outcome = await execute(
      uploading(() => stop.abort(new KioskError('KC_JOB_LOST', 'another has it'))),
      { stop: stop.signal },
    );
    expect(outcome.status).toBe('lost');
    expect(await uploads()).toEqual([]);
    expect((await runtime.broker.read(key))!.status).toBe('new');
  });

  test('does not let a try that was given up write over the next one', async () => {
    const key = await runtime.enqueue();
    class Late extends Consumer {
      override async consume(job: Job) {
        if (job.attempt > 1) return { output_file_name: 'second' };
        await sleep(150);
        await this.updateKey(job, { output_file_name: 'first' });
        return {};
      }
    }
    await execute(Late, { deadlineMs: 40 });
    await sleep(250);
    expect((await runtime.broker.read(key))!.output_file_name).toBe('second');
  });
});
