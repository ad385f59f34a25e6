import { describe, expect, test } from '@jest/globals';

import { KioskError } from '../../src/errors/kiosk-error.js';
import { TransferFault } from '../../src/storage/failures.js';
import { backoffMs, withRetry } from '../../src/storage/retry.js';
import type { Operation } from '../../src/storage/storage-error.js';

const OPERATION: Operation = { address: 's3://jobs', verb: 'read', key: 'a/b', deniedHint: 'ask for rights' };
const POLICY = { maxAttempts: 3, maxBackoffMs: 5 };
const transient = (): TransferFault => new TransferFault('TRUNCATED', 'cut off');

describe('backoffMs', () => {
  test('is anything from nothing to a ceiling that doubles up to the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 12].map((count) => backoffMs(count, 6000, () => 1));
    expect(ceilings).toEqual([500, 1000, 2000, 4000, 6000, 6000]);
    expect(backoffMs(3, 6000, () => 0)).toBe(0);
    expect(backoffMs(3, 6000, () => 0.25)).toBe(500);
  });
});

describe('withRetry', () => {
  test('tries as often as allowed and tells the number', async () => {
    let count = 0;
    const running = withRetry(OPERATION, POLICY, undefined, async () => {
      count++;
      throw transient();
    });
    await expect(running).rejects.toThrow('s3://jobs did not read "a/b" after 3 attempts: TRUNCATED: cut off.');
    expect(count).toBe(3);
  });

  test.each([
    ['an error of ours', new KioskError('KC_STORAGE_KEY', 'no key'), 'KC_STORAGE_KEY'],
    ['a missing object', Object.assign(transient(), { code: 'NoSuchKey' }), 'KC_STORAGE_NOT_FOUND'],
    ['a missing bucket', Object.assign(transient(), { code: 'NoSuchBucket' }), 'KC_STORAGE_UNREACHABLE'],
    ['refused credentials', Object.assign(transient(), { code: 403 }), 'KC_STORAGE_DENIED'],
    ['a full disk', Object.assign(transient(), { code: 'ENOSPC' }), 'KC_STORAGE_FULL'],
    ['a bad certificate', Object.assign(transient(), { code: 'CERT_HAS_EXPIRED' }), 'KC_STORAGE_UNREACHABLE'],
    ['an answer that is not understood', Object.assign(transient(), { code: 501 }), 'KC_STORAGE_UNREACHABLE'],
  ])('does not repeat %s', async (_title, error, code) => {
    let count = 0;
    const running = withRetry(OPERATION, POLICY, undefined, async () => {
      count++;
      throw error;
    });
    await expect(running).rejects.toMatchObject({ code });
    expect(count).toBe(1);
  });

  test.each([408, 429, 500, 502, 503, 504, '503', 'SlowDown', 'ECONNRESET', 'EAI_AGAIN', 'rateLimitExceeded'])(
    'repeats after %s',
    async (code) => {
      let count = 0;
      const result = await withRetry(OPERATION, POLICY, undefined, async () => {
        if (count++ === 0) throw Object.assign(transient(), { code });
        return 'done';
      });
      expect([result, count]).toEqual(['done', 2]);
    },
  );

  test('ends an attempt in which nothing moves, and only such a one', async () => {
    const policy = { maxAttempts: 1, maxBackoffMs: 5, stallTimeoutMs: 60 };
    const never = withRetry(OPERATION, policy, undefined, async () => await new Promise<void>(() => undefined));
    await expect(never).rejects.toThrow(/STALLED: nothing moved for 0.06 s/);

    const moving = withRetry(OPERATION, policy, undefined, async ({ alive }) => {
      for (let step = 0; step < 6; step++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        alive();
      }
      return 'done';
    });
    expect(await moving).toBe('done');
  });

  test('ends an attempt that moves less than 1 KiB/s, however steadily, and lets a faster one go on', async () => {
    const policy = { maxAttempts: 1, maxBackoffMs: 5, stallTimeoutMs: 250 };
    const moving = async (bytesEachTime: number): Promise<string> =>
      await withRetry(OPERATION, policy, undefined, async ({ alive, signal }) => {
        for (let step = 0; step < 40 && !signal.aborted; step++) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          alive(bytesEachTime);
        }
        return 'done';
      });
    await expect(moving(1)).rejects.toThrow(/STALLED: only \d+ bytes moved for 0.25 s/);
    expect(await moving(200)).toBe('done');
  });

  test('ends at once when aborted in a pause, and throws the reason if that is one of ours', async () => {
    const policy = {
      maxAttempts: 5,
      maxBackoffMs: 60_000,
      onRetry: () => setTimeout(() => controller.abort(reason), 10),
    };
    const reason = new KioskError('KC_JOB_CANCELLED', 'cancelled');
    const controller = new AbortController();
    const before = performance.now();
    const running = withRetry(OPERATION, policy, controller.signal, async () => {
      throw transient();
    });
    await expect(running).rejects.toBe(reason);
    expect(performance.now() - before).toBeLessThan(400);
  });

  test('keeps credentials that a library hangs on its errors out of the cause', async () => {
    const leaky = Object.assign(transient(), { code: 403, config: { headers: { Authorization: 'Bearer hunter2' } } });
    const error = await withRetry(OPERATION, POLICY, undefined, async () => {
      throw leaky;
    }).catch((thrown: unknown) => thrown as KioskError);
    expect(JSON.stringify([error, error.cause, String(error.cause)])).not.toContain('hunter2');
    expect(error.cause).toBeDefined();
    expect(error.facts.hint).toBe('ask for rights');
  });
});
