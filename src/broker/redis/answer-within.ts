import { KioskError } from '../../errors/kiosk-error.js';

/**
 * The answer of a server, if it comes in time.
 * @throws {KioskError} `KC_BROKER_UNREACHABLE`: the server is silent, and whether it did what it was asked is not known
 */
export async function answerWithin<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new KioskError('KC_BROKER_UNREACHABLE', `no answer within ${timeoutMs} ms`, { retry: 'wait' }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
