import type { Claim, Death } from '../broker/contract.js';
import { wireTimestamp } from '../broker/timestamp.js';
import { KioskError } from '../errors/kiosk-error.js';

/** Nothing more can be known of a process that was killed from outside, or of a machine that lost its power. */
const UNKNOWN_END = 'no last word: its lease ran out, so it was killed, stopped, or cut off';

/** The error of a job that was there each time its worker died, with all that is known of these deaths. */
export function crashed({ deaths, attempt, fields }: Claim): KioskError {
  const stages = [...new Set(deaths.map(({ note }) => note?.stage ?? 'start'))].join(', ');
  const memory = Math.max(0, ...deaths.map(({ note }) => note?.memoryMB ?? 0));
  const last = deaths.at(-1)?.note?.end;
  return new KioskError(
    'KC_JOB_CRASHED',
    `The worker died ${attempt - 1} times while it held this job (stage ${stages}; ${memory} MB of memory at most` +
      `${last === undefined ? '' : `; ${last}`}).`,
    {
      // Not by this worker: an operator may.
      retry: 'later',
      details: [`input: ${fields['input_file_name'] ?? ''}`, ...deaths.map(deathLine)],
      hint:
        'The image may need more memory than there is: make it smaller, or give the worker more. ' +
        'Then `kiosk-consumer retry` tries the job again.',
    },
  );
}

export function deathLine({ at, worker, attempt, note }: Death): string {
  const known = note === undefined ? 'before its first note' : `in stage ${note.stage}, with ${note.memoryMB} MB`;
  return `attempt ${attempt}: ${worker} ended after ${wireTimestamp(at)} ${known}; ${note?.end ?? UNKNOWN_END}`;
}
