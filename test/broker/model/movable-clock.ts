import { jest } from '@jest/globals';

/** The clock of this process, which stands still until the test moves it. */
export interface MovableClock {
  move(ms: number): void;
  /** Gives the process its real clock back. */
  release(): void;
}

/**
 * Drivers inside this process take their time from `Date.now()` and nothing else, so leases run out when the test says:
 * without a wait, and in every repetition at the same step. Timers go on by the real clock.
 */
export function stopClock(): MovableClock {
  let nowMs = Date.now();
  const stopped = jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
  return {
    move(ms) {
      nowMs += ms;
    },
    release: () => stopped.mockRestore(),
  };
}

/** The same for what a process measures as elapsed (`performance.now()`), which goes on, and further when it is moved. */
export function movableElapsed(): MovableClock {
  let movedMs = 0;
  const real = performance.now.bind(performance);
  const moved = jest.spyOn(performance, 'now').mockImplementation(() => real() + movedMs);
  return {
    move(ms) {
      movedMs += ms;
    },
    release: () => moved.mockRestore(),
  };
}
