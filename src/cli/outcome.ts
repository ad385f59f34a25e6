import type { Claim, JobFields } from '../broker/contract.js';
import { messageOf } from '../errors/message-of.js';
import type { JobOutcome } from '../worker/execute-job.js';

/** How a job ended, as commands print it. */
export interface OutcomeFacts {
  readonly job: string;
  readonly status: JobOutcome['status'];
  readonly file?: string;
  readonly seconds?: number;
  readonly output?: string;
  readonly reason?: string;
}

export function outcomeFacts(claim: Claim, outcome: JobOutcome): OutcomeFacts {
  const { original_name: file } = claim.fields;
  const facts = { job: claim.key, status: outcome.status, ...(file ? { file } : {}) };
  if ('fields' in outcome) return { ...facts, ...finalFacts(outcome.fields) };
  return 'error' in outcome ? { ...facts, reason: messageOf(outcome.error) } : facts;
}

/** What a settled hash tells of its outcome. */
export function finalFacts(fields: JobFields): Pick<OutcomeFacts, 'seconds' | 'output' | 'reason'> {
  const seconds = Number(fields.total_time);
  return {
    ...(fields.total_time && Number.isFinite(seconds) ? { seconds: Math.round(seconds * 1000) / 1000 } : {}),
    ...(fields.output_url ? { output: fields.output_url } : {}),
    ...(fields.reason ? { reason: fields.reason } : {}),
  };
}

/** The line of a reason that says what happened. */
export function lastLine(reason: string): string {
  return reason.trimEnd().split('\n').at(-1) ?? '';
}
