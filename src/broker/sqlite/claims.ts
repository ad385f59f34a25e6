import { randomUUID } from 'node:crypto';
import { DEATHS_KEPT, parseDeaths, parseKeys, parseNote, type ClaimEnd } from '../claim-rules.js';
import {
  type Claim,
  type ClaimOptions,
  type ClaimRecord,
  type Death,
  isFinal,
  type JobFields,
  type RecoverOptions,
} from '../contract.js';
import { wireTimestamp } from '../timestamp.js';
import type { Database } from './database.js';
import { childCounts } from './family.js';

/** Fields of a hash that has not expired. */
export function readFields(db: Database, key: string): JobFields | undefined {
  const rows = db.all(
    'SELECT fields FROM hashes WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)',
    key,
    Date.now(),
  );
  const text = rows[0]?.['fields'];
  return typeof text === 'string' ? (JSON.parse(text) as JobFields) : undefined;
}

/** Puts a job to the front of a queue: before all that wait. */
export function pushFront(db: Database, queue: string, key: string): void {
  db.run(
    `INSERT OR REPLACE INTO waiting (id, queue, key)
     VALUES ((SELECT min(coalesce(min(id), 0), 0) - 1 FROM waiting), ?, ?)`,
    queue,
    key,
  );
}

/** Puts a job to the end of a queue. A key waits at one place only. */
export function pushKey(db: Database, queue: string, key: string): void {
  db.run('INSERT OR REPLACE INTO waiting (queue, key) VALUES (?, ?)', queue, key);
}

/** Takes the oldest job of the queue that there still is to do. Inside a transaction. */
export function takeOldest(db: Database, queue: string, options: ClaimOptions): Claim | undefined {
  for (;;) {
    const row = db.all('SELECT id, key FROM waiting WHERE queue = ? ORDER BY id LIMIT 1', queue)[0];
    if (row === undefined) return undefined;
    const key = String(row['key']);
    db.run('DELETE FROM waiting WHERE id = ?', Number(row['id']));
    const fields = readFields(db, key);
    if (fields === undefined || isFinal(fields['status'])) forget(db, key);
    else if (!isHeld(db, key)) return lease(db, queue, key, fields, options);
  }
}

/**
 * Writes `fields` and the stamps, and extends the lease.
 * @returns false, with nothing written, if the claim is not this worker's any more, or the job is gone or ended
 */
export function fencedWrite(
  db: Database,
  claim: Claim,
  options: ClaimOptions,
  fields: JobFields,
  record: ClaimRecord = {},
): boolean {
  const now = Date.now();
  if (db.all('SELECT 1 FROM jobs WHERE key = ? AND token = ?', claim.key, claim.token).length === 0) return false;
  const current = readFields(db, claim.key);
  if (current === undefined || isFinal(current['status'])) {
    forget(db, claim.key);
    return false;
  }
  writeFields(db, claim.key, { ...fields, ...stamps(options.worker.name, now) });
  db.run(
    'UPDATE jobs SET lease_until = ?, note = coalesce(?, note), uploads = coalesce(?, uploads) WHERE key = ?',
    now + options.leaseMs,
    json(record.note),
    json(record.uploads),
    claim.key,
  );
  return true;
}

/** Drops what is kept of a job beside its hash, but for what `retry` needs of one that is set aside. */
export function forget(db: Database, key: string): void {
  db.run('DELETE FROM jobs WHERE key = ? AND dead_since IS NULL', key);
  db.run('DELETE FROM children WHERE parent = ?', key);
  release(db, key);
}

/** Ends the lease, or the wait for children; attempts, deaths, uploads and children stay. */
export function release(db: Database, key: string): void {
  db.run(
    `UPDATE jobs SET token = NULL, queue = NULL, worker = NULL, lease_until = NULL, note = NULL, look_at = NULL
     WHERE key = ?`,
    key,
  );
}

export function remember(db: Database, claim: Claim, how: ClaimEnd, untilMs: number): void {
  db.run('INSERT OR REPLACE INTO ended (token, how, until) VALUES (?, ?, ?)', claim.token, how, untilMs);
}

export function wasEnded(db: Database, claim: Claim, how: ClaimEnd): boolean {
  return db.all('SELECT 1 FROM ended WHERE token = ? AND how = ?', claim.token, how).length > 0;
}

/**
 * Whether nobody has looked for leases that ran out for so long that workers may not have been able to renew theirs; they
 * then get some more time.
 */
export function grantAfterOutage(db: Database, queue: string, { afterMs, graceMs }: Outage): boolean {
  const now = Date.now();
  const seen = db.all('SELECT at FROM seen WHERE queue = ?', queue)[0]?.['at'];
  db.run('INSERT OR REPLACE INTO seen (queue, at) VALUES (?, ?)', queue, now);
  if (typeof seen === 'number' && now - seen <= afterMs) return false;
  db.run(
    'UPDATE jobs SET lease_until = ? WHERE queue = ? AND token IS NOT NULL AND lease_until <= ?',
    now + graceMs,
    queue,
    now,
  );
  return true;
}

type Outage = NonNullable<RecoverOptions['outage']>;

/** Puts jobs back whose lease has run out; the one that ran out first comes to stand in front. @returns how many */
export function recoverExpired(db: Database, queue: string): number {
  const rows = db.all(
    'SELECT key FROM jobs WHERE queue = ? AND token IS NOT NULL AND lease_until <= ? ORDER BY lease_until DESC',
    queue,
    Date.now(),
  );
  let count = 0;
  for (const row of rows) {
    const key = String(row['key']);
    const fields = readFields(db, key);
    if (fields === undefined || isFinal(fields['status'])) {
      forget(db, key);
    } else {
      recordDeath(db, key);
      release(db, key);
      pushFront(db, queue, key);
      count += 1;
    }
  }
  return count;
}

/** Remembers that the lease of the claim ran out. Call before {@link release}. */
function recordDeath(db: Database, key: string): void {
  const job = db.all('SELECT deaths, worker, attempts, note FROM jobs WHERE key = ?', key)[0];
  const death: Death = {
    at: Date.now(),
    worker: String(job?.['worker'] ?? ''),
    attempt: Number(job?.['attempts']),
    note: parseNote(textOf(job?.['note'])),
  };
  const deaths = [...parseDeaths(textOf(job?.['deaths'])), death].slice(-DEATHS_KEPT);
  db.run('UPDATE jobs SET deaths = ? WHERE key = ?', JSON.stringify(deaths), key);
}

/** A text column; undefined if it is NULL. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function isHeld(db: Database, key: string): boolean {
  const now = Date.now();
  return db.all('SELECT 1 FROM jobs WHERE key = ? AND token IS NOT NULL AND lease_until > ?', key, now).length > 0;
}

function lease(db: Database, queue: string, key: string, fields: JobFields, options: ClaimOptions): Claim {
  const now = Date.now();
  const token = randomUUID();
  if (db.all('SELECT 1 FROM jobs WHERE key = ? AND token IS NOT NULL', key).length > 0) recordDeath(db, key);
  db.run(
    `INSERT INTO jobs (key, attempts, token, queue, worker, lease_until) VALUES (?, 1, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET attempts = attempts + 1, token = excluded.token, queue = excluded.queue,
       worker = excluded.worker, lease_until = excluded.lease_until, note = NULL`,
    key,
    token,
    queue,
    options.worker.name,
    now + options.leaseMs,
  );
  const job = db.all('SELECT attempts, deaths, uploads FROM jobs WHERE key = ?', key)[0];
  const stamped = stamps(options.worker.name, now);
  writeFields(db, key, stamped);
  return {
    queue,
    key,
    token,
    attempt: Number(job?.['attempts']),
    fields: { ...fields, ...stamped },
    deaths: parseDeaths(textOf(job?.['deaths'])),
    leftovers: parseKeys(textOf(job?.['uploads'])),
    children: childCounts(db, key),
  };
}

export function writeFields(db: Database, key: string, fields: JobFields): void {
  db.run('UPDATE hashes SET fields = json_patch(fields, ?) WHERE key = ?', JSON.stringify(fields), key);
}

export function stamps(by: string, now: number): JobFields {
  return { updated_at: wireTimestamp(now), updated_by: by };
}
