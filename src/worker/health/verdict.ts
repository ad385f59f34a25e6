import type { HealthEvent } from './events.js';

type Beat = Extract<HealthEvent, { kind: 'beat' }>;

/** An event loop that has not turned for this long takes no jobs. */
const BLOCKED_AFTER_MS = 5_000;

export interface Known {
  /** The worker's last beat; undefined before the first. */
  readonly beat: Beat | undefined;
  readonly silentMs: number;
  /** Why the broker does not answer; undefined if it does, or cannot be asked from here. */
  readonly brokerTrouble: string | undefined;
  readonly hangMs: number;
}

/** Why the worker takes no jobs now, in words; undefined if it does. */
export function notReady({ beat, silentMs, brokerTrouble }: Known): string | undefined {
  if (beat === undefined || beat.state === 'idle') return 'starting';
  if (beat.state !== 'consuming') return `stopping (${beat.state})`;
  if (silentMs > BLOCKED_AFTER_MS) return `the event loop has not turned for ${Math.round(silentMs / 1000)} s`;
  if (brokerTrouble !== undefined) return `the broker does not answer: ${brokerTrouble}`;
  if (beat.renewing === false) return 'leases cannot be renewed: the broker does not answer the thread that keeps them';
  return undefined;
}

/** Why the process cannot go on by itself, in words; undefined if it can: whatever is away may come back. */
export function notAlive({ silentMs, hangMs }: Pick<Known, 'silentMs' | 'hangMs'>): string | undefined {
  return silentMs > hangMs ? `the event loop has not turned for ${Math.round(silentMs / 1000)} s` : undefined;
}
