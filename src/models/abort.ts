import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../errors/abort-error.js';
import type { KioskError } from '../errors/kiosk-error.js';

/** The error of work that a signal stopped: the signal's reason if that is one of ours, else `KC_ABORTED`. */
export function aborted(signal: AbortSignal | undefined): KioskError {
  return abortError(signal, 'The call to the model was stopped before it ended.');
}

/** Waits; @throws {KioskError} as {@link aborted} if the signal is aborted meanwhile */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch {
    throw aborted(signal);
  }
}
