import { DEAD_KEPT, parseDeaths, renewedFields } from '../claim-rules.js';
import { isFinal, type Cancelled, type Claim, type DeadJob, type JobFields, type Retried } from '../contract.js';
import { countChild, pendingChildren } from './children.js';
import { forget, pushKey, readFields, release, stamps, textOf, writeFields } from './claims.js';
import type { Database } from './database.js';

/** Ends a job as failed, whoever holds it. Inside a transaction, as all here. */
export function cancelJob(db: Database, key: string, by: string, fields: JobFields & { status: 'failed' }): Cancelled {
  const current = readFields(db, key);
  if (current === undefined) return { was: 'missing' };
  if (isFinal(current['status'])) return { was: 'final' };
  const worker = db.all('SELECT worker FROM jobs WHERE key = ? AND token IS NOT NULL', key)[0]?.['worker'];
  const children = pendingChildren(db, key);
  forget(db, key);
  db.run('DELETE FROM waiting WHERE key = ?', key);
  writeFields(db, key, { ...fields, ...stamps(by, Date.now()) });
  countChild(db, key, 'failed');
  for (const child of children) cancelJob(db, child, by, fields);
  return worker === undefined ? { was: 'waiting' } : { was: 'running', worker: String(worker) };
}

/** Makes a failed job new and queues it. */
export function retryJob(db: Database, key: string, by: string, queue: string | undefined): Retried {
  const current = readFields(db, key);
  if (current === undefined) return { outcome: 'missing' };
  if (current['status'] !== 'failed') return { outcome: 'not-failed' };
  const known = db.all('SELECT dead_queue FROM jobs WHERE key = ?', key)[0]?.['dead_queue'];
  const target = textOf(known) ?? queue;
  if (target === undefined) return { outcome: 'unknown-queue' };
  const fields = { ...renewedFields(current), ...stamps(by, Date.now()) };
  db.run('UPDATE hashes SET fields = ?, expires_at = NULL WHERE key = ?', JSON.stringify(fields), key);
  db.run('DELETE FROM jobs WHERE key = ?', key);
  pushKey(db, target, key);
  return { outcome: 'queued', queue: target };
}

/** Keeps a job that has just failed among the dead ones, the oldest of which make room. */
export function setAside(db: Database, { key, queue }: Claim): void {
  release(db, key);
  db.run('DELETE FROM children WHERE parent = ?', key);
  db.run('UPDATE jobs SET uploads = NULL, dead_queue = ?, dead_since = ? WHERE key = ?', queue, Date.now(), key);
  db.run(
    `DELETE FROM jobs WHERE key IN (
       SELECT key FROM jobs WHERE dead_since IS NOT NULL ORDER BY dead_since DESC LIMIT -1 OFFSET ?)`,
    DEAD_KEPT,
  );
}

/** The jobs set aside, newest first; those whose hash is there no more are dropped. */
export function deadJobs(db: Database): DeadJob[] {
  const rows = db.all(
    'SELECT key, dead_queue, dead_since, deaths FROM jobs WHERE dead_since IS NOT NULL ORDER BY dead_since DESC',
  );
  return rows.flatMap((row) => {
    const key = String(row['key']);
    const fields = readFields(db, key);
    if (fields?.['status'] === 'failed') {
      const deaths = parseDeaths(textOf(row['deaths']));
      return { key, queue: String(row['dead_queue']), since: Number(row['dead_since']), fields, deaths };
    }
    db.run('DELETE FROM jobs WHERE key = ?', key);
    return [];
  });
}
