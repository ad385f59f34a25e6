import type { FinalStatus } from '../../../src/broker/contract.js';
import {
  forget,
  isOpen,
  type ModelState,
  type Outcome,
  processingList,
  release,
  without,
  write,
} from './reference-model.js';

/** The pod of an old Python consumer, which takes jobs off the same queue and knows nothing of leases. */
export const OLD_POD = 'old-pod';
export const OLD_LIST = processingList(OLD_POD);

/** A job of another program is taken over when its `updated_at` is older than this. */
export const SILENCE_MS = 100_000;
/** Looking for such jobs is work for the server: all workers together do it no more often than this. */
const SWEEP_EVERY_MS = SILENCE_MS / 4;

/** The old consumer takes the oldest entry, whoever may hold it, and stamps the hash if there is something to do. */
export function takeAsOldConsumer(state: ModelState): Outcome<string | undefined> {
  const [key, ...queue] = state.queue;
  if (key === undefined) return [undefined, state];
  const moved = { ...state, queue, lists: { ...state.lists, [OLD_LIST]: [key, ...(state.lists[OLD_LIST] ?? [])] } };
  return [key, isOpen(state, key) ? write(moved, key, OLD_POD, {}) : moved];
}

/** The old consumer ends a job, without a look at who holds it now, and takes it off its list unless it dies before. */
export function endAsOldConsumer(state: ModelState, key: string, status: FinalStatus, dies: boolean): ModelState {
  const ended = isOpen(state, key) ? write(state, key, OLD_POD, { status }) : state;
  return dies ? ended : removeOne(ended, OLD_LIST, key);
}

/** The janitor takes a worker for dead and puts an entry of its list back. */
export function putBackAsJanitor(state: ModelState, list: string, key: string): ModelState {
  const removed = removeOne(state, list, key);
  return { ...removed, queue: [...removed.queue, key] };
}

/** The second half of `recover`: entries of other programs that are done with are dropped, silent ones put back. */
export function adoptSilent(state: ModelState): Outcome<number> {
  if (state.nowMs - state.sweptAtMs < SWEEP_EVERY_MS) return [0, state];
  let next: ModelState = { ...state, sweptAtMs: state.nowMs };
  let count = 0;
  const entries = Object.entries(state.lists).flatMap(([list, keys]) =>
    [...new Set(keys)].map((key) => ({ list, key })),
  );
  for (const { list, key } of entries) {
    const { claim, touchedAtMs } = next.jobs[key]!;
    // A worker of ours has the job: it will end it or lose it, and then there is another look.
    if (claim !== undefined && claim.leaseUntilMs > next.nowMs) continue;
    const open = isOpen(next, key);
    if (open && next.nowMs - touchedAtMs < SILENCE_MS) continue;
    const off = { ...next, lists: { ...next.lists, [list]: without(next.lists[list]!, key) } };
    // It may stand in the queue already, which it must not do twice.
    next = open ? { ...release(off, key), queue: [...without(off.queue, key), key] } : forget(off, key);
    if (open) count += 1;
  }
  return [count, next];
}

function removeOne(state: ModelState, list: string, key: string): ModelState {
  const keys = [...(state.lists[list] ?? [])];
  const at = keys.indexOf(key);
  if (at >= 0) keys.splice(at, 1);
  return { ...state, lists: { ...state.lists, [list]: keys } };
}
