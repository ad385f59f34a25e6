/** A timer that fires when nothing has moved for a while; `touch` starts it again, `stop` ends it. */
export interface Deadline {
  touch(): void;
  stop(): void;
}

export function startDeadline(afterMs: number, onExpired: () => void): Deadline {
  const timer = setTimeout(onExpired, afterMs);
  return { touch: () => timer.refresh(), stop: () => clearTimeout(timer) };
}
