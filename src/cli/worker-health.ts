import type { JobOutcome } from '../worker/execute-job.js';
import type { HealthEvent } from '../worker/health/events.js';
import { KioskError } from '../errors/kiosk-error.js';

/** A stage's seconds, as jobs write them; `total_time` is their frame, not one of them. */
const STAGE_FIELD = /^(?!total)(.+)_time$/;

/** What the metrics count of a job that has left the worker. */
export function endedEvent(outcome: JobOutcome, seconds: number): HealthEvent {
  const stageSeconds: Record<string, number> = {};
  if ('fields' in outcome) {
    for (const [name, value] of Object.entries(outcome.fields)) {
      const stage = STAGE_FIELD.exec(name)?.[1];
      if (stage !== undefined && value !== '' && Number.isFinite(Number(value))) stageSeconds[stage] = Number(value);
    }
  }
  const setAside = outcome.status === 'failed' && outcome.setAside === true;
  return { kind: 'ended', status: outcome.status, setAside, seconds, stageSeconds };
}

/** Codes and class names are few, so that they can label a counter. */
export function retryEvent(error: unknown): HealthEvent {
  const reason = error instanceof KioskError ? error.code : error instanceof Error ? error.name : 'unknown';
  return { kind: 'retry', reason };
}
