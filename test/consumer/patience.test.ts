import { describe, expect, test } from '@jest/globals';
import { patiently } from '../../src/consumer/patience.js';
import { KioskError } from '../../src/errors/kiosk-error.js';

const away = () => new KioskError('KC_STORAGE_UNREACHABLE', 'The bucket does not answer.', { retry: 'wait' });

function options(maxWaitMs: number, signal = new AbortController().signal) {
  const waits: string[] = [];
  return { waits, maxWaitMs, signal, onWait: (reason: string) => void waits.push(reason) };
}

describe('patiently', () => {
  test('waits for a service that is away and goes on when it is back', async () => {
    let calls = 0;
    const waiting = options(10_000);
    const result = await patiently(async () => {
      if (++calls === 1) throw away();
      return 'here';
    }, waiting);
    expect(result).toBe('here');
    expect(waiting.waits).toEqual(['The bucket does not answer.']);
  });

  test('throws everything else at once', async () => {
    const refused = new KioskError('KC_STORAGE_NOT_FOUND', 'There is no such object.');
    await expect(patiently(() => Promise.reject(refused), options(10_000))).rejects.toBe(refused);
  });

  test('gives up after its time, with the reason, as something that a later attempt may meet', async () => {
    await expect(patiently(() => Promise.reject(away()), options(100))).rejects.toMatchObject({
      code: 'KC_STORAGE_UNREACHABLE',
      message: expect.stringContaining('waited for it'),
      retry: 'later',
    });
  });

  test('ends at once when the job is aborted', async () => {
    const controller = new AbortController();
    const lost = new KioskError('KC_JOB_LOST', 'lost');
    setTimeout(() => controller.abort(lost), 20);
    const startedAt = Date.now();
    await expect(patiently(() => Promise.reject(away()), options(60_000, controller.signal))).rejects.toBe(lost);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });
});
