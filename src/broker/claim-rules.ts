import { KioskError } from '../errors/kiosk-error.js';
import { isFinal, type JobFields } from './contract.js';

/** How a claim ended. Kept for a while, so that an end whose answer got lost can be asked for again. */
export type ClaimEnd = 'settle' | 'give-back';

/** How long an ended claim is remembered: well above the time for which a call may wait for its broker. */
export function receiptMs(maxWaitMs: number): number {
  return 2 * maxWaitMs + 60_000;
}

/** Writes in between may not end a job: only `settle` also takes it off the lists. */
export function refuseFinalStatus(fields: JobFields): void {
  if (isFinal(fields['status'])) {
    throw new KioskError('KC_INTERNAL', `An update may not write the final status "${fields['status']}".`, {
      hint: 'end the job with settle',
    });
  }
}
