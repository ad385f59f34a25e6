import { isDeepStrictEqual } from 'node:util';
import { isFinal, type JobFields } from '../../../src/broker/contract.js';
import type { Observation } from './subject.js';

/** What must hold whatever happens. These look at what is really there, and need no model to judge it. */
export type Rule =
  | 'an answer is that of the contract'
  | 'what is there is what the contract says'
  | 'a lease lasts as the contract says'
  | 'an open job stands in one place, an ended one in none'
  | 'who holds a job has its lease, and it in its list'
  | 'a refused write changes nothing'
  | 'a final job is never written again'
  | 'a hash that is gone stays gone'
  | 'nothing stands where nothing may stand'
  | 'a waiting worker is waked'
  | 'every job ends once'
  | 'nothing is left behind';

export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';

  constructor(
    readonly rule: Rule,
    readonly found: string,
  ) {
    super(`${rule}: ${found}`);
  }
}

export function hold(rule: Rule, holds: boolean, found: () => string): void {
  if (!holds) throw new BrokenRule(rule, found());
}

export function same(rule: Rule, what: string, found: unknown, expected: unknown): void {
  hold(rule, isDeepStrictEqual(found, expected), () => `${what} is ${show(found)}, not ${show(expected)}`);
}

/**
 * The rules that one look can break.
 * @param moved jobs whose entry another program has moved: such a program may well make two of one, but never none
 */
export function checkLook(seen: Observation, moved: ReadonlySet<string>): void {
  same('nothing stands where nothing may stand', 'what stands there', seen.strangers, []);
  for (const [key, fields] of Object.entries(seen.hashes)) checkPlace(seen, key, fields, moved.has(key));
  checkHands(seen, moved);
}

/** The rules that a step may break, for the jobs that were made before it: what was gone or final is so after it. */
export function checkChange(before: Observation, after: Observation, made: readonly string[]): void {
  for (const key of made) {
    const [old, now] = [before.hashes[key], after.hashes[key]];
    if (old === undefined) same('a hash that is gone stays gone', key, now, undefined);
    else if (isFinal(old['status']) && now !== undefined) same('a final job is never written again', key, now, old);
  }
}

/** Who holds a job has a lease for it and the job in its list, and nothing else is in lists or leases. */
function checkHands({ lists, records, leases }: Observation, moved: ReadonlySet<string>): void {
  const rule: Rule = 'who holds a job has its lease, and it in its list';
  const held = Object.entries(records).flatMap(([key, { list }]) => (list === undefined ? [] : [{ key, list }]));
  const parked = Object.entries(records).flatMap(([key, { parkedList }]) =>
    parkedList === undefined ? [] : [{ key, list: parkedList }],
  );
  same(rule, 'what is leased', Object.keys(leases).toSorted(), held.map(({ key }) => key).toSorted());
  if (lists === undefined) return;
  const entries = Object.entries(lists).flatMap(([list, keys]) => keys.map((key) => ({ key, list })));
  const ours = (all: readonly { key: string; list: string }[]): string[] =>
    all.flatMap(({ key, list }) => (moved.has(key) ? [] : [`${key} in ${list}`])).toSorted();
  same(rule, 'what is in hand', ours(entries), ours([...held, ...parked]));
}

function checkPlace({ queue, lists }: Observation, key: string, fields: JobFields, wasMoved: boolean): void {
  const rule: Rule = 'an open job stands in one place, an ended one in none';
  if (typeof queue === 'number' || lists === undefined) return;
  const places = Object.entries({ queue, ...lists }).flatMap(([name, keys]) =>
    keys.filter((other) => other === key).map(() => name),
  );
  const open = !isFinal(fields['status']);
  const allowed = wasMoved ? places.length > 0 || !open : places.length === (open ? 1 : 0);
  hold(rule, allowed, () => `${key} is ${fields['status']} and stands in ${places.join(', ') || 'no list'}`);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
