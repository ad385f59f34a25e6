import { KioskError } from './kiosk-error.js';

/** The error of work that a signal stopped: the signal's reason if that is one of ours, else `KC_ABORTED` with `message`. */
export function abortError(signal: AbortSignal | undefined, message: string): KioskError {
  const reason: unknown = signal?.reason;
  return reason instanceof KioskError ? reason : new KioskError('KC_ABORTED', message, {}, { cause: reason });
}
