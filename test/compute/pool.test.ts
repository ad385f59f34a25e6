import { afterEach, describe, expect, test } from '@jest/globals';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Compute } from '../../src/compute/contract.js';
import { createCompute } from '../../src/compute/pool.js';
import { KioskError } from '../../src/errors/kiosk-error.js';

const KERNELS = new URL('./kernels/kernels.mjs', import.meta.url);
const pools: Compute[] = [];

function pool(threads = 1): Compute {
  const made = createCompute({ threads });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close()));
});

describe('the thread pool', () => {
  test('moves buffers to the thread and back instead of copying them', async () => {
    const data = Float32Array.of(1, 2, 3);
    const result = await pool().run<{ data: Float32Array }>(
      KERNELS,
      { what: 'double', data },
      { transfer: [data.buffer] },
    );
    expect([...result.data]).toEqual([2, 4, 6]);
    expect(data.length).toBe(0);
  });

  test('leaves arguments alone that are not in the transfer list', async () => {
    const data = Float32Array.of(1);
    await pool().run(KERNELS, { what: 'double', data });
    expect([...data]).toEqual([1]);
  });

  test('brings errors back with class, code, facts and cause', async () => {
    const error: unknown = await pool()
      .run(KERNELS, { what: 'refuse' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KioskError);
    expect(error).toMatchObject({
      code: 'KC_IMAGE_UNREADABLE',
      facts: { hint: 'send an image' },
      cause: { name: 'TypeError' },
    });
  });

  test('keeps the name and message of an error that is not ours', async () => {
    await expect(pool().run(KERNELS, { what: 'range' })).rejects.toMatchObject({
      name: 'RangeError',
      message: 'relief has shape (2), mask has shape (3)',
    });
  });

  test('stops a thread that never ends when its signal is aborted, and goes on with the next task', async () => {
    const compute = pool();
    const controller = new AbortController();
    const stuck = compute.run(KERNELS, { what: 'forever' }, { signal: controller.signal });
    const next = compute.run(KERNELS, { what: 'double', data: Float32Array.of(1) });
    setTimeout(() => controller.abort(new KioskError('KC_JOB_CANCELLED', 'cancelled')), 50);
    await expect(stuck).rejects.toMatchObject({ code: 'KC_JOB_CANCELLED' });
    await expect(next).resolves.toMatchObject({ data: Float32Array.of(2) });
  });

  test('fails only the task whose thread ends itself', async () => {
    const compute = pool();
    await expect(compute.run(KERNELS, { what: 'exit' })).rejects.toMatchObject({
      code: 'KC_FUNCTION_FAILED',
      retry: 'later',
    });
    await expect(compute.run(KERNELS, { what: 'double', data: Float32Array.of(1) })).resolves.toBeDefined();
  });

  test('takes back a task that is aborted before its turn', async () => {
    const compute = pool();
    const controller = new AbortController();
    const first = compute.run(KERNELS, { what: 'spin', ms: 100 });
    const queued = compute.run(KERNELS, { what: 'double', data: Float32Array.of(1) }, { signal: controller.signal });
    controller.abort(new KioskError('KC_JOB_LOST', 'lost'));
    await expect(queued).rejects.toMatchObject({ code: 'KC_JOB_LOST' });
    await expect(first).resolves.toBe('spun');
  });

  test('refuses work once it is closed, and fails what was under way', async () => {
    const compute = pool();
    const running = compute.run(KERNELS, { what: 'forever' });
    const failed = expect(running).rejects.toMatchObject({ code: 'KC_ABORTED' });
    await compute.close();
    await failed;
    await expect(compute.run(KERNELS, { what: 'double' })).rejects.toMatchObject({ code: 'KC_INTERNAL' });
  });

  test('keeps the event loop free while all threads compute', async () => {
    const compute = pool(2);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await Promise.all([1, 2].map(() => compute.run(KERNELS, { what: 'spin', ms: 600 })));
    delay.disable();
    // The same work on the event loop would stop it for all of the 600 ms.
    expect(delay.percentile(99) / 1e6).toBeLessThan(300);
  });
});
