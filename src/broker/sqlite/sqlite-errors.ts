import { KioskError } from '../../errors/kiosk-error.js';
import { codeOf, messageOf } from '../error-facts.js';

/** Another process holds the write lock, which passes by itself. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

/** What an error of SQLite means to whoever called. */
export function refusedBySqlite(file: string, error: unknown): KioskError {
  const code = codeOf(error);
  const known = MEANINGS.find(([pattern]) => pattern.test(code));
  const [, sentence, hint] = known ?? [undefined, `the database refused: ${messageOf(error)}`, undefined];
  return new KioskError(
    'KC_BROKER_REFUSED',
    `${file}: ${sentence}.`,
    { ...(hint === undefined ? {} : { hint }), ...(known === FULL ? { retry: 'wait' as const } : {}) },
    { cause: error },
  );
}

export function lockedTooLong(file: string, waitedMs: number, cause: unknown): KioskError {
  return new KioskError(
    'KC_BROKER_UNREACHABLE',
    `${file}: another process has held the database for ${Math.round(waitedMs / 1000)} s.`,
    { hint: 'look for a stopped process that has the file open', retry: 'wait' },
    { cause },
  );
}

type Meaning = readonly [pattern: RegExp, sentence: string, hint: string];

const FULL: Meaning = [/^SQLITE_FULL/, 'there is no space left for the database', 'free space on this disk'];

const MEANINGS: readonly Meaning[] = [
  FULL,
  [/^SQLITE_NOTADB/, 'the file is no SQLite database', 'name another file, or move this one away'],
  [/^SQLITE_CORRUPT/, 'the database is damaged', 'move it away together with its -wal and -shm files'],
  [/^SQLITE_(CANTOPEN|PERM|AUTH)/, 'the file cannot be opened', 'check the path and its rights'],
  [/^SQLITE_READONLY/, 'the file may not be written', 'check the rights of the file and its folder'],
  [/^SQLITE_IOERR/, 'the disk answers with an error', 'use a local disk; network drives lack the locks'],
];
