import type { JobFields } from '../../../src/broker/contract.js';
import { parseTimestamp } from '../../../src/broker/timestamp.js';
import { countsOf, type ModelJob, type ModelState } from './reference-model.js';
import { hold, type Rule, same } from './rules.js';
import type { JobRecord, Observation } from './subject.js';

const RULE: Rule = 'what is there is what the contract says';

/** Whether the broker keeps what the model keeps. Driver and test share the clock but for `driftMs`. */
export function compareWithModel(state: ModelState, seen: Observation, driftMs: number): void {
  comparePlaces(state, seen);
  for (const [key, job] of Object.entries(state.jobs)) {
    compareHash(state, seen, key, job, driftMs);
    compareRecord(state, seen, key, job, driftMs);
  }
}

function comparePlaces({ queue, lists }: ModelState, seen: Observation): void {
  same(RULE, 'the queue', seen.queue, typeof seen.queue === 'number' ? queue.length : queue);
  if (seen.lists === undefined) return;
  const filled = Object.entries(lists).filter(([, keys]) => keys.length > 0);
  for (const [list, keys] of filled) same(RULE, list, seen.lists[list]?.toSorted(), keys.toSorted());
  same(RULE, 'the number of lists', Object.keys(seen.lists).length, filled.length);
}

function compareHash({ nowMs }: ModelState, seen: Observation, key: string, job: ModelJob, driftMs: number): void {
  const fields = seen.hashes[key];
  same(RULE, `the hash ${key}`, fields && withoutTexts(fields), job.fields && withoutTexts(job.fields));
  if (fields === undefined) return;
  const silentMs = seen.nowMs - (parseTimestamp(fields['updated_at']) ?? Number.NaN);
  close(RULE, `the silence of ${key}`, silentMs, nowMs - job.touchedAtMs, driftMs);
}

/** What is written for people, and times, is not the model's. */
function withoutTexts({ updated_at: _stamp, reason: _reason, finished_at: _end, ...others }: JobFields): JobFields {
  return others;
}

/** Where only the contract can be asked, it tells nothing of a job without a hash, nor of a lease that has run out. */
function compareRecord({ nowMs }: ModelState, seen: Observation, key: string, job: ModelJob, driftMs: number): void {
  const leftMs = job.claim === undefined ? undefined : job.claim.leaseUntilMs - nowMs;
  const asked = seen.lists === undefined;
  const { attempts } = job;
  const known = attempts !== undefined && !(asked && job.fields === undefined);
  const leased = known && leftMs !== undefined && !(asked && leftMs <= 0);
  const record: JobRecord | undefined = known
    ? {
        attempts,
        deaths: job.deaths,
        isDead: job.isDead,
        list: leased ? job.claim?.list : undefined,
        parkedList: asked ? undefined : job.parked?.list,
        children: countsOf(job.children),
      }
    : undefined;
  same(RULE, `the record of ${key}`, seen.records[key], record);
  same(RULE, `whether ${key} is leased`, seen.leases[key] !== undefined, leased);
  if (leased) close('a lease lasts as the contract says', `the lease of ${key}`, seen.leases[key]!, leftMs, driftMs);
}

/** A driver's clock may have gone on a little while the test worked, and never back. */
function close(rule: Rule, what: string, foundMs: number, expectedMs: number, driftMs: number): void {
  hold(rule, Math.abs(foundMs - expectedMs) <= driftMs, () => `${what} is ${foundMs} ms, not ${expectedMs} ms`);
}
