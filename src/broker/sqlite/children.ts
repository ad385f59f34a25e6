import { LOOK_AT_CHILDREN_MS, progressOf } from '../claim-rules.js';
import {
  type Child,
  type ChildCounts,
  type ChildJob,
  type Claim,
  type ClaimOptions,
  type ClaimRecord,
  isFinal,
  type JobFields,
} from '../contract.js';
import { queueName } from '../names.js';
import {
  fencedWrite,
  forget,
  pushFront,
  pushKey,
  readFields,
  release,
  remember,
  stamps,
  writeFields,
} from './claims.js';
import type { Database } from './database.js';
import { childCounts } from './family.js';

/** Makes children of a job, or takes those that somebody has made. Inside a transaction, as all here. */
export function addChildren(
  db: Database,
  claim: Claim,
  options: ClaimOptions,
  children: readonly ChildJob[],
  { uploads }: ClaimRecord,
): boolean {
  if (!fencedWrite(db, claim, options, {}, uploads === undefined ? {} : { uploads })) return false;
  for (const child of children) addChild(db, claim.key, child);
  return true;
}

function addChild(db: Database, parent: string, { queue, key, fields }: ChildJob): void {
  const added = db.run(
    `INSERT OR IGNORE INTO children (parent, place, child, state)
     VALUES (?, (SELECT count(*) FROM children WHERE parent = ?), ?, 'pending')`,
    parent,
    parent,
    key,
  );
  if (added === 0) return;
  const there = readFields(db, key);
  if (fields !== undefined && (there === undefined || there['status'] === 'failed')) {
    if (there !== undefined) {
      forget(db, key);
      db.run('DELETE FROM jobs WHERE key = ?', key);
    }
    db.run('INSERT OR REPLACE INTO hashes (key, fields) VALUES (?, ?)', key, JSON.stringify(fields));
    pushKey(db, queueName(queue), key);
    return;
  }
  const state = there === undefined ? 'gone' : there['status'];
  if (state === 'gone' || isFinal(state)) {
    db.run('UPDATE children SET state = ? WHERE parent = ? AND child = ?', state, parent, key);
  }
}

/** Ends the claim of a job that waits for its children; at once at the front of its queue if none is left to wait for. */
export function awaitChildren(
  db: Database,
  claim: Claim,
  options: ClaimOptions,
  fields: JobFields,
  rememberUntil: number,
): boolean {
  if (!fencedWrite(db, claim, options, fields)) return false;
  release(db, claim.key);
  db.run(
    'UPDATE jobs SET attempts = attempts - 1, queue = ?, worker = ?, look_at = ? WHERE key = ?',
    queueName(claim.queue),
    options.worker.name,
    Date.now() + LOOK_AT_CHILDREN_MS,
    claim.key,
  );
  remember(db, claim, 'await-children', rememberUntil);
  wakeIfComplete(db, claim.key);
  return true;
}

/** Counts a job that has ended for those that wait for it. */
export function countChild(db: Database, key: string, how: 'done' | 'failed' | 'gone'): void {
  const parents = db.all("SELECT parent FROM children WHERE child = ? AND state = 'pending'", key);
  if (parents.length === 0) return;
  db.run("UPDATE children SET state = ? WHERE child = ? AND state = 'pending'", how, key);
  for (const { parent } of parents) wakeIfComplete(db, String(parent));
}

/** Names of the children that have not ended. */
export function pendingChildren(db: Database, parent: string): string[] {
  const rows = db.all("SELECT child FROM children WHERE parent = ? AND state = 'pending' ORDER BY place", parent);
  return rows.map(({ child }) => String(child));
}

export function expireChildren(db: Database, parent: string, seconds: number): void {
  const until = Date.now() + seconds * 1000;
  db.run('UPDATE hashes SET expires_at = ? WHERE key IN (SELECT child FROM children WHERE parent = ?)', until, parent);
}

export function listChildren(
  db: Database,
  parent: string,
  names: readonly string[],
  from: number,
  count: number,
): Child[] {
  const rows = db.all(
    'SELECT child FROM children WHERE parent = ? ORDER BY place LIMIT ? OFFSET ?',
    parent,
    count,
    from,
  );
  const wanted = new Set([...names, 'status']);
  return rows.map(({ child }) => {
    const key = String(child);
    const fields = readFields(db, key);
    if (fields === undefined) return { key, fields };
    return { key, fields: Object.fromEntries(Object.entries(fields).filter(([name]) => wanted.has(name))) };
  });
}

/** Touches the jobs of a queue that wait for children, and finds children whose hash is gone. */
export function lookAfterParents(db: Database, queue: string): void {
  const now = Date.now();
  const rows = db.all('SELECT key FROM jobs WHERE queue = ? AND look_at <= ? ORDER BY look_at, key', queue, now);
  for (const { key } of rows) {
    const parent = String(key);
    const fields = readFields(db, parent);
    if (fields === undefined || isFinal(fields['status'])) {
      forget(db, parent);
      continue;
    }
    db.run('UPDATE jobs SET look_at = ? WHERE key = ?', now + LOOK_AT_CHILDREN_MS, parent);
    const gone = db.all(
      `SELECT child FROM children LEFT JOIN hashes ON hashes.key = child AND (expires_at IS NULL OR expires_at > ?)
       WHERE parent = ? AND state = 'pending' AND hashes.key IS NULL`,
      now,
      parent,
    );
    for (const { child } of gone) countChild(db, String(child), 'gone');
    const counts: ChildCounts | undefined = childCounts(db, parent);
    const progress = counts === undefined ? '100' : progressOf(counts);
    const { updated_at } = stamps('', now);
    writeFields(db, parent, { ...(updated_at === undefined ? {} : { updated_at }), progress });
  }
}

function wakeIfComplete(db: Database, parent: string): void {
  const parked = db.all('SELECT queue FROM jobs WHERE key = ? AND look_at IS NOT NULL', parent)[0];
  if (parked === undefined || pendingChildren(db, parent).length > 0) return;
  release(db, parent);
  pushFront(db, String(parked['queue']), parent);
}
