import { KioskError } from '../errors/kiosk-error.js';
import { isFinal, type ChildCounts, type ClaimNote, type Death, type JobFields } from './contract.js';
import { ERROR_CODES } from '../errors/codes.js';
import { wireTimestamp } from './timestamp.js';

/** How a claim ended. Kept for a while, so that an end whose answer got lost can be asked for again. */
export type ClaimEnd = 'settle' | 'give-back' | 'await-children';

/** How often a job that waits for its children is touched, and looked at for children that others have ended. */
export const LOOK_AT_CHILDREN_MS = 4000;

/** How far a job is, in percent of its children. */
export function progressOf({ total, done, failed, gone }: ChildCounts): string {
  return String(Math.round((100 * (done + failed + gone)) / total));
}

/** What children become that are not needed any more. */
export function abandonedFields(): JobFields & { status: 'failed' } {
  const reason = `${ERROR_CODES.KC_JOB_CANCELLED.reasonClass}: The job that waited for this one has ended.`;
  return { status: 'failed', reason, finished_at: wireTimestamp(Date.now()) };
}

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

/** Deaths kept of one job, the last ones. */
export const DEATHS_KEPT = 5;

/** Jobs kept among the dead, the newest ones. */
export const DEAD_KEPT = 10_000;

/** What a consumer writes into a hash: gone when a job is made new. Scale and label are kept, since a submitter may have given them. */
export const CONSUMER_FIELDS = [
  'reason',
  'finished_at',
  'output_url',
  'output_file_name',
  'failures',
  'progress',
  'dim_order',
  'identity_started',
  'total_jobs',
  'total_time',
  'download_time',
  'upload_time',
  'prediction_time',
  'preprocess_time',
  'postprocess_time',
  'predict_retries',
  'children',
  'children:done',
  'children:failed',
  'children_upload_time',
  'cleanup_time',
] as const;

/** The fields of a failed job that is made new: as its submitter left them. */
export function renewedFields(fields: Readonly<JobFields>): JobFields {
  const gone = new Set<string>(CONSUMER_FIELDS);
  const kept = Object.entries(fields).filter(([name]) => !gone.has(name));
  return { ...Object.fromEntries(kept), status: 'new' };
}

/** A record of ours as it was written; undefined if something else stands there. */
export function parseNote(text: string | undefined): ClaimNote | undefined {
  return noteOf(parsed(text));
}

function noteOf(value: unknown): ClaimNote | undefined {
  return typeof value === 'object' && value !== null && 'stage' in value ? (value as ClaimNote) : undefined;
}

export function parseDeaths(text: string | undefined): readonly Death[] {
  const value = parsed(text);
  const all: Partial<Death>[] = Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item) : [];
  return all.map(({ at, worker, attempt, note }) => ({
    at: Number(at) || 0,
    worker: worker ?? '',
    attempt: Number(attempt) || 0,
    note: noteOf(note),
  }));
}

export function parseKeys(text: string | undefined): readonly string[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter((key) => typeof key === 'string') : [];
}

/** `<total> <done> <failed> <gone>`; an empty text if there are no children. */
export function parseCounts(text: string | undefined): ChildCounts | undefined {
  const [total = 0, done = 0, failed = 0, gone = 0] = (text ?? '').split(' ').map(Number);
  return total > 0 ? { total, done, failed, gone } : undefined;
}

function parsed(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
