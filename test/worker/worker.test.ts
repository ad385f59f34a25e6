import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '../../src/consumer/consumer.js';
import type { Job } from '../../src/consumer/job.js';
import type { ConsumerClass } from '../../src/plugin/contract.js';
import { LoopKeeper } from '../../src/worker/lease/loop-keeper.js';
import { Worker, type WorkerOptions } from '../../src/worker/worker.js';
import { openRuntime, type TestRuntime } from '../../src/testing/runtime.js';
import { TEST_WORKER_SETTINGS } from '../../src/testing/settings.js';

let runtime: TestRuntime;

beforeEach(async () => {
  runtime = await openRuntime();
});

afterEach(async () => {
  await runtime.close();
});

function worker(consumerClass: ConsumerClass, options: Partial<WorkerOptions> = {}): Worker {
  return new Worker({
    broker: runtime.broker,
    queue: 'q',
    lease: runtime.lease,
    leases: new LoopKeeper(
      runtime.broker,
      { lease: runtime.lease, renewEveryMs: TEST_WORKER_SETTINGS.renewEveryMs },
      (message, facts) => runtime.logger.warn(message, facts),
    ),
    settings: TEST_WORKER_SETTINGS,
    concurrency: 1,
    logger: runtime.logger,
    drain: false,
    maxJobs: Infinity,
    runOf: () => runtime.runOf(consumerClass),
    ...options,
  });
}

function consuming(work: (job: Job) => unknown): ConsumerClass {
  return class extends Consumer {
    override async consume(job: Job) {
      await work(job);
      return {};
    }
  };
}

async function statuses(keys: readonly string[]): Promise<(string | undefined)[]> {
  return await Promise.all(keys.map(async (key) => (await runtime.broker.read(key))?.status));
}

describe('the worker', () => {
  test('drains the queue and ends', async () => {
    const keys = await Promise.all([1, 2, 3].map(() => runtime.enqueue()));
    expect(
      await worker(
        consuming(() => undefined),
        { drain: true },
      ).run(),
    ).toBe(true);
    expect(await statuses(keys)).toEqual(['done', 'done', 'done']);
  });

  test('begins with the next job while one saves its results, but with no third', async () => {
    const keys = await Promise.all([1, 2, 3].map(() => runtime.enqueue()));
    const begun: string[] = [];
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    class Saving extends Consumer {
      override async consume(job: Job) {
        begun.push(job.key);
        await this.updateKey(job, { status: 'saving-results' });
        await gate;
        return {};
      }
    }
    const ended = worker(Saving, { drain: true }).run();
    while (begun.length < 2) await sleep(5);
    await sleep(100);
    expect(begun).toEqual(keys.slice(0, 2));
    letGo();
    expect(await ended).toBe(true);
    expect(await statuses(keys)).toEqual(['done', 'done', 'done']);
  });

  test('works on as many jobs at once as its concurrency says, and no more', async () => {
    let running = 0;
    let most = 0;
    const busy = consuming(async () => {
      most = Math.max(most, ++running);
      await sleep(30);
      running--;
    });
    await Promise.all(Array.from({ length: 9 }, () => runtime.enqueue()));
    await worker(busy, { drain: true, concurrency: 3 }).run();
    expect(most).toBe(3);
  });

  test('takes one job with a limit of one, waiting for it if need be', async () => {
    const running = worker(
      consuming(() => undefined),
      { maxJobs: 1, concurrency: 4 },
    ).run();
    await sleep(50);
    const keys = [await runtime.enqueue(), await runtime.enqueue()];
    await running;
    expect((await statuses(keys)).map(String).toSorted()).toEqual(['done', 'new']);
  });

  test('lives on after a job that fails', async () => {
    const keys = [await runtime.enqueue({ original_name: 'bad' }), await runtime.enqueue()];
    const picky = consuming((job) => {
      if (job.fields.original_name === 'bad') throw new TypeError('bad');
    });
    await worker(picky, { drain: true }).run();
    expect(await statuses(keys)).toEqual(['failed', 'done']);
  });

  test('finishes the job in hand when stopped, and claims no other', async () => {
    const keys = [await runtime.enqueue(), await runtime.enqueue()];
    const slow: Worker = worker(
      consuming(async () => {
        slow.stop();
        await sleep(100);
      }),
    );
    expect(await slow.run()).toBe(true);
    expect(await statuses(keys)).toEqual(['done', 'new']);
    expect(slow.state).toBe('stopped');
  });

  test('gives the job back when the drain takes too long', async () => {
    const key = await runtime.enqueue();
    const settings = { ...TEST_WORKER_SETTINGS, drainTimeoutMs: 50 };
    const stuck: Worker = worker(
      consuming(() => {
        stuck.stop();
        return new Promise(() => undefined);
      }),
      { settings },
    );
    expect(await stuck.run()).toBe(false);
    expect(await runtime.broker.claim('q', runtime.lease)).toMatchObject({ key, attempt: 1 });
  });

  test('gives the job back at once at a second stop', async () => {
    const key = await runtime.enqueue();
    const stuck: Worker = worker(
      consuming(() => {
        stuck.stop();
        setTimeout(() => stuck.stop(), 10);
        return new Promise(() => undefined);
      }),
    );
    const startedAt = Date.now();
    expect(await stuck.run()).toBe(false);
    expect(Date.now() - startedAt).toBeLessThan(TEST_WORKER_SETTINGS.drainTimeoutMs);
    expect(await statuses([key])).toEqual(['new']);
  });

  test('keeps the lease of a job that takes longer than it', async () => {
    await runtime.enqueue();
    let runs = 0;
    const slow = consuming(async () => {
      runs++;
      await sleep(700);
    });
    const lease = { ...runtime.lease, leaseMs: 300 };
    await Promise.all([
      worker(slow, { drain: true, lease }).run(),
      sleep(100).then(() => worker(slow, { lease, drain: true }).run()),
    ]);
    expect(runs).toBe(1);
  });

  test('goes on when the broker fails for a while', async () => {
    const key = await runtime.enqueue();
    const claim = runtime.broker.claim.bind(runtime.broker);
    let failures = 1;
    runtime.broker.claim = async (...args) => {
      if (failures-- > 0) throw new TypeError('broker away');
      return await claim(...args);
    };
    await worker(
      consuming(() => undefined),
      { maxJobs: 1 },
    ).run();
    expect(await statuses([key])).toEqual(['done']);
    expect(runtime.logger.lines.some((line) => line.level === 'error')).toBe(true);
  });
});
