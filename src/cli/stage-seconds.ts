import type { JobFields } from '../broker/contract.js';

/** A stage's seconds; `total_time` is their frame, not one of them. */
const STAGE_FIELD = /^(?!total)(.+)_time$/;

/** The stages of a job with their seconds, as its hash tells them. */
export function stageSeconds(fields: JobFields): [stage: string, seconds: number][] {
  return Object.entries(fields).flatMap(([name, value]): [string, number][] => {
    const stage = STAGE_FIELD.exec(name)?.[1];
    const seconds = Number(value);
    return stage === undefined || value === '' || !Number.isFinite(seconds) ? [] : [[stage, seconds]];
  });
}
