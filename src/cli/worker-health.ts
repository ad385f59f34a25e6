import type { JobOutcome } from '../worker/execute-job.js';
import type { HealthEvent } from '../worker/health/events.js';
import { KioskError } from '../errors/kiosk-error.js';
import { stageSeconds } from './stage-seconds.js';

/** What the metrics count of a job that has left the worker. */
export function endedEvent(outcome: JobOutcome, seconds: number): HealthEvent {
  const stages = 'fields' in outcome ? stageSeconds(outcome.fields) : [];
  const setAside = outcome.status === 'failed' && outcome.setAside === true;
  return { kind: 'ended', status: outcome.status, setAside, seconds, stageSeconds: Object.fromEntries(stages) };
}

/** Codes and class names are few, so that they can label a counter. */
export function retryEvent(error: unknown): HealthEvent {
  const reason = error instanceof KioskError ? error.code : error instanceof Error ? error.name : 'unknown';
  return { kind: 'retry', reason };
}
