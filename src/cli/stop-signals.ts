import { KioskError } from '../errors/kiosk-error.js';
import type { Io } from './io.js';

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Exit codes of commands that a signal ended, as shells have them: 128 + the signal's number. */
export const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** After the first signal, how long a command that only has to tidy up may take. */
const TIDY_UP_MS = 3_000;

/** Turns SIGINT and SIGTERM into aborted signals. */
export interface StopSignals {
  /** Aborted by the first signal: finish, then stop. */
  readonly signal: AbortSignal;
  /** Aborted by the second: stop at once. */
  readonly force: AbortSignal;
  /** The first signal that came. */
  receivedSignal(): StopSignal | undefined;
  /** Says that the command takes the time it needs, as `consume` does: only a third signal ends the process then. */
  takeOver(): void;
  isTakenOver(): boolean;
  /** Aborts {@link signal} for another reason: nobody reads the results any more. */
  abort(reason: string): void;
  release(): void;
}

/**
 * Watches for SIGINT and SIGTERM. A command that has not ended 3 s after the first, or at the second, is ended by the
 * signal itself; one that has taken over, at the third.
 */
export function watchStopSignals({ signals, kill }: Pick<Io, 'signals' | 'kill'>): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  let received: StopSignal | undefined;
  let count = 0;
  let isPatient = false;
  let timer: NodeJS.Timeout | undefined;

  const end = (name: StopSignal) => {
    release();
    kill(name);
  };
  const handle = (name: StopSignal) => {
    count += 1;
    received ??= name;
    if (count === 1) {
      stop.abort(new KioskError('KC_ABORTED', `Stopped by ${name}.`));
      if (!isPatient) timer = setTimeout(() => end(name), TIDY_UP_MS).unref();
    } else if (count === 2) {
      force.abort(new KioskError('KC_ABORTED', `Stopped by a second ${name}.`));
      if (!isPatient) end(name);
    } else end(name);
  };
  const onInterrupt = () => handle('SIGINT');
  const onTerminate = () => handle('SIGTERM');
  signals.on('SIGINT', onInterrupt);
  signals.on('SIGTERM', onTerminate);
  const release = () => {
    clearTimeout(timer);
    signals.off('SIGINT', onInterrupt);
    signals.off('SIGTERM', onTerminate);
  };
  return {
    signal: stop.signal,
    force: force.signal,
    receivedSignal: () => received,
    takeOver: () => {
      isPatient = true;
      clearTimeout(timer);
    },
    isTakenOver: () => isPatient,
    abort: (reason) => stop.abort(new KioskError('KC_ABORTED', reason)),
    release,
  };
}
