import path from 'node:path';
import Libsql from 'libsql';
import { parseDeaths } from '../../../src/broker/claim-rules.js';
import type { Broker, ChildCounts, JobFields } from '../../../src/broker/contract.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import type { MovableClock } from './movable-clock.js';
import { processingList } from './reference-model.js';
import { type JobRecord, type Observation, QUEUE, type Subject } from './subject.js';

interface JobRow {
  readonly key: string;
  readonly attempts: number;
  readonly token: string | null;
  readonly queue: string | null;
  readonly worker: string | null;
  readonly lease_until: number | null;
  readonly deaths: string | null;
  readonly dead_since: number | null;
  readonly look_at: number | null;
}

/** One database file for all runs, emptied before each, and looked at over a connection of the test's own. */
export async function sqliteSubject(clock: MovableClock, open: (url: string) => Promise<Broker>): Promise<Subject> {
  const folder = await temporaryFolder();
  const file = path.join(folder.path, 'broker.sqlite');
  const broker = await open(`sqlite:${file}`);
  const db = new Libsql(file);
  return {
    name: 'sqlite:',
    driftMs: 0,
    others: undefined,
    leavesCancelled: false,
    async start() {
      db.exec(
        'DELETE FROM hashes; DELETE FROM waiting; DELETE FROM jobs; DELETE FROM children; DELETE FROM seen; DELETE FROM ended',
      );
      return broker;
    },
    pass: async (ms) => clock.move(ms),
    look: async (keys) => look(db, keys),
    async close() {
      db.close();
      await broker.close();
      await folder.remove();
    },
  };
}

function look(db: Libsql.Database, keys: readonly string[]): Observation {
  const nowMs = Date.now();
  const waiting = db.prepare('SELECT queue, key FROM waiting ORDER BY id').all() as { queue: string; key: string }[];
  const jobs = db.prepare('SELECT * FROM jobs').all() as JobRow[];
  const stored = db.prepare('SELECT key, fields FROM hashes WHERE expires_at IS NULL OR expires_at > ?').all(nowMs) as {
    key: string;
    fields: string;
  }[];
  const held = jobs.filter((job) => job.token !== null);
  const listed = jobs.filter((job) => job.worker !== null);
  const families = db.prepare('SELECT parent, state, count(*) AS n FROM children GROUP BY parent, state').all() as {
    parent: string;
    state: string;
    n: number;
  }[];
  const childCounts = (parent: string): ChildCounts | undefined => {
    const own = families.filter((family) => family.parent === parent);
    const count = (state?: string): number =>
      own.filter((family) => state === undefined || family.state === state).reduce((sum, { n }) => sum + n, 0);
    return own.length === 0
      ? undefined
      : { total: count(), done: count('done'), failed: count('failed'), gone: count('gone') };
  };
  // Who holds a job is its list: janitor and exporter, for whom Redis has real ones, do not read this file.
  const list = (job: JobRow): string => processingList(job.worker!);
  return {
    nowMs,
    queue: waiting.map(({ key }) => key),
    lists: Object.fromEntries(
      listed.map((job) => [list(job), listed.filter((other) => list(other) === list(job)).map(({ key }) => key)]),
    ),
    hashes: Object.fromEntries(stored.map(({ key, fields }) => [key, JSON.parse(fields) as JobFields])),
    records: Object.fromEntries(
      jobs.map((job): [string, JobRecord] => [
        job.key,
        {
          attempts: job.attempts,
          deaths: parseDeaths(job.deaths ?? '').map(({ worker }) => worker),
          isDead: job.dead_since !== null,
          list: job.token === null ? undefined : list(job),
          parkedList: job.look_at === null ? undefined : list(job),
          children: childCounts(job.key),
        },
      ]),
    ),
    leases: Object.fromEntries(held.map((job) => [job.key, job.lease_until! - nowMs])),
    strangers: [...waiting, ...held]
      .filter(({ queue, key }) => queue !== QUEUE || !keys.includes(key))
      .map(({ queue, key }) => `${key} of the queue ${queue}`),
    lasting: [
      ...families.map(({ parent }) => `a child of ${parent}`),
      ...jobs.filter((job) => job.dead_since === null).map(({ key }) => `the record of ${key}`),
    ],
  };
}
