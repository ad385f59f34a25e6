import { setTimeout as sleep } from 'node:timers/promises';
import { KioskError } from '../errors/kiosk-error.js';

/** The error of work that a signal stopped: the signal's reason if that is one of ours, else `KC_ABORTED`. */
export function aborted(signal: AbortSignal | undefined): KioskError {
  const reason: unknown = signal?.reason;
  if (reason instanceof KioskError) return reason;
  return new KioskError('KC_ABORTED', 'The call to the model was stopped before it ended.', {}, { cause: reason });
}

/** Waits; @throws {KioskError} as {@link aborted} if the signal is aborted meanwhile */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch {
    throw aborted(signal);
  }
}
