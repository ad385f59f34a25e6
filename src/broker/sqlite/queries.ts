import type { JobState, QueueState } from '../contract.js';
import { parseTimestamp } from '../timestamp.js';
import { parseDeaths, parseNote } from '../claim-rules.js';
import { readFields, textOf } from './claims.js';
import type { Database } from './database.js';
import { childCounts } from './family.js';

/** What is known of a job; undefined if there is no such hash. */
export function inspectJob(db: Database, key: string): JobState | undefined {
  const fields = readFields(db, key);
  if (fields === undefined) return undefined;
  const job = db.all('SELECT * FROM jobs WHERE key = ?', key)[0];
  const remainingMs = Number(job?.['lease_until'] ?? 0) - Date.now();
  return {
    key,
    fields,
    attempts: job === undefined ? undefined : Number(job['attempts']),
    lease:
      job === undefined || remainingMs <= 0
        ? undefined
        : { worker: String(job['worker']), queue: String(job['queue']), remainingMs },
    note: parseNote(textOf(job?.['note'])),
    deaths: parseDeaths(textOf(job?.['deaths'])),
    setAside: typeof job?.['dead_since'] === 'number',
    children: childCounts(db, key),
  };
}

/** Depth of the queues named, or of all in which a job waits or is in hand. */
export function queueStates(db: Database, names: readonly string[] | undefined): QueueState[] {
  const all =
    names ??
    db
      .all('SELECT queue FROM waiting UNION SELECT queue FROM jobs WHERE queue IS NOT NULL ORDER BY queue')
      .map((row) => String(row['queue']));
  return [...new Set(all)].map((queue) => ({
    queue,
    waiting: count(db, 'SELECT count(*) AS n FROM waiting WHERE queue = ?', queue),
    inFlight: count(db, 'SELECT count(*) AS n FROM jobs WHERE queue = ?', queue),
    oldestMs: oldestMs(db, queue),
  }));
}

function count(db: Database, sql: string, queue: string): number {
  return Number(db.all(sql, queue)[0]?.['n']);
}

function oldestMs(db: Database, queue: string): number | undefined {
  const first = db.all('SELECT key FROM waiting WHERE queue = ? ORDER BY id LIMIT 1', queue)[0];
  if (first === undefined) return undefined;
  const created = parseTimestamp(readFields(db, String(first['key']))?.['created_at']);
  return created === undefined ? undefined : Math.max(0, Date.now() - created);
}
