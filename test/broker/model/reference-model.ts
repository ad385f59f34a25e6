import {
  type Cancelled,
  type ChildCounts,
  type FinalStatus,
  isFinal,
  type JobFields,
  type Retried,
  type SettleHow,
} from '../../../src/broker/contract.js';

/**
 * The contract of a broker, as a state of one queue and pure transitions: what each call answers, and what is there
 * afterwards. Drivers must give the same answers and keep the same things, by whatever means.
 *
 * A name is used for one job only: whoever makes jobs takes names that are unique.
 */
export interface ModelState {
  readonly nowMs: number;
  /** Every job that was ever accepted, by its name. */
  readonly jobs: Readonly<Record<string, ModelJob>>;
  /** Names that wait, the oldest first. */
  readonly queue: readonly string[];
  /** What workers have in hand, by the name of their list, the latest first. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** How claims ended, by their number, so that an end that is sent again answers the same. */
  readonly ended: Readonly<Record<number, ModelEnd>>;
  /** How many claims there have been; the next one has this number. */
  readonly claims: number;
  /** When somebody looked for silent jobs of other programs the last time. */
  readonly sweptAtMs: number;
}

export type ModelEnd = 'settle' | 'give-back' | 'await-children';

export interface ModelJob {
  /** Without `updated_at`. Undefined: the hash has expired, and nothing makes it anew. */
  readonly fields: JobFields | undefined;
  /** What `updated_at` says. */
  readonly touchedAtMs: number;
  readonly expiresAtMs: number | undefined;
  /** Undefined: nothing is known of the job beside its hash. */
  readonly attempts: number | undefined;
  /** Workers that lost the job, the last few of them by name. */
  readonly deaths: readonly string[];
  /** Failed, and set aside: what is known of it stays. */
  readonly isDead: boolean;
  readonly claim: ModelClaim | undefined;
  /** By name, in the order in which they were made. */
  readonly children: Readonly<Record<string, 'pending' | 'done' | 'failed' | 'gone'>>;
  /** While it waits for its children: the list in which it stands, and when they are looked at next. */
  readonly parked: { readonly list: string; readonly lookAtMs: number } | undefined;
}

/** Who holds a job. The number stands for the token: only the latest claim of a job may write. */
export interface ModelClaim {
  readonly id: number;
  readonly worker: string;
  readonly list: string;
  readonly leaseUntilMs: number;
}

/** Who writes: the worker's name on the wire, and for how long a claim of it holds from now on. */
export interface ModelWorker {
  readonly name: string;
  readonly leaseMs: number;
}

/** What a worker is told of the job that it takes. */
export interface ModelAnswer {
  readonly key: string;
  readonly attempt: number;
  readonly deaths: readonly string[];
  readonly children: ChildCounts | undefined;
}

export interface ModelRecovery {
  readonly count: number;
  readonly nextInMs: number | undefined;
}

export interface ModelView {
  readonly job: { readonly attempts: number | undefined; readonly isLeased: boolean } | undefined;
  readonly waiting: number;
  readonly inFlight: number;
}

export type Outcome<Answer> = readonly [answer: Answer, next: ModelState];

/** The last so many deaths of a job are kept. */
const DEATHS_KEPT = 5;

/** The fields of these runs that a submitter writes, and that stay when a job is made new. */
const SUBMITTED: ReadonlySet<string> = new Set(['scale']);

export const EMPTY: ModelState = Object.freeze({
  nowMs: 0,
  jobs: {},
  queue: [],
  lists: {},
  ended: {},
  claims: 0,
  sweptAtMs: Number.NEGATIVE_INFINITY,
});

const NEW: ModelJob = {
  fields: undefined,
  touchedAtMs: 0,
  expiresAtMs: undefined,
  attempts: undefined,
  deaths: [],
  isDead: false,
  claim: undefined,
  children: {},
  parked: undefined,
};

/** A job that is there already is neither reset nor queued twice. */
export function enqueue(state: ModelState, key: string, fields: JobFields): ModelState {
  if (state.jobs[key] !== undefined) return state;
  const job = { ...NEW, fields, touchedAtMs: state.nowMs };
  return { ...state, jobs: { ...state.jobs, [key]: job }, queue: [...state.queue, key] };
}

/** Takes the oldest job that there is something to do about, counts the attempt and leases it. */
export function claim(state: ModelState, worker: ModelWorker): Outcome<ModelAnswer | undefined> {
  const [key, ...queue] = state.queue;
  if (key === undefined) return [undefined, state];
  const popped = { ...state, queue };
  const { claim: holder, attempts = 0 } = state.jobs[key]!;
  // Gone or ended: the entry is dropped, and creates nothing.
  if (!isOpen(state, key)) return claim(forget(popped, key), worker);
  // Somebody took its worker for dead, and erred: the entry goes back to where it was.
  if (holder !== undefined && holder.leaseUntilMs > state.nowMs)
    return claim(putInto(popped, holder.list, key), worker);
  const list = processingList(worker.name);
  const moved = putInto(unpark(release(bury(popped, key), key), key), list, key);
  const taken = { id: state.claims, worker: worker.name, list, leaseUntilMs: state.nowMs + worker.leaseMs };
  const counted = change({ ...moved, claims: state.claims + 1 }, key, { attempts: attempts + 1, claim: taken });
  const { deaths, children } = moved.jobs[key]!;
  const answer = { key, attempt: attempts + 1, deaths, children: countsOf(children) };
  return [answer, write(counted, key, worker.name, {})];
}

/** Taken only from the holder of the job, also after its lease has run out as long as nobody else has the job. */
export function update(
  state: ModelState,
  id: number,
  key: string,
  worker: ModelWorker,
  fields: JobFields,
): Outcome<boolean> {
  const [isHeld, next] = held(state, id, key);
  if (!isHeld) return [false, next];
  const extended = { ...next.jobs[key]!.claim!, leaseUntilMs: state.nowMs + worker.leaseMs };
  return [true, write(change(next, key, { claim: extended }), key, worker.name, fields)];
}

/**
 * Result and final status in one write; off its list, lease gone, and all that was known of the job unless it is set aside.
 * Sent again, it changes nothing.
 */
export function settle(
  state: ModelState,
  id: number,
  key: string,
  worker: ModelWorker,
  fields: JobFields & { status: FinalStatus },
  { setAside = false, childrenExpireSeconds }: SettleHow,
  leavesEntry: boolean,
): Outcome<boolean> {
  const [isHeld, next] = held(state, id, key);
  if (!isHeld) return [next.ended[id] === 'settle', next];
  const { children } = next.jobs[key]!;
  let after = setAside ? change(next, key, { isDead: true }) : next;
  after = countChild(write(forget(after, key), key, worker.name, fields), key, fields.status);
  if (childrenExpireSeconds !== undefined)
    for (const child of Object.keys(children)) [, after] = expire(after, child, childrenExpireSeconds * 1000);
  return [true, end(cancelAll(after, children, worker.name, ABANDONED, leavesEntry), id, 'settle')];
}

/** To the end of the queue. Sent again, it changes nothing. */
export function giveBack(
  state: ModelState,
  id: number,
  key: string,
  worker: ModelWorker,
  keepAttempt: boolean,
): Outcome<boolean> {
  const [isHeld, next] = held(state, id, key);
  if (!isHeld) return [next.ended[id] === 'give-back', next];
  const back = write(putBack(next, key, 'end'), key, worker.name, {});
  const attempts = back.jobs[key]!.attempts! - (keepAttempt ? 1 : 0);
  return [true, end(change(back, key, { attempts }), id, 'give-back')];
}

/** Ends a job that is not final, whoever holds it. A waiting job's name stays in its queue where the driver leaves it there. */
export function cancel(
  state: ModelState,
  key: string,
  by: string,
  fields: JobFields & { status: 'failed' },
  leavesEntry: boolean,
): Outcome<Cancelled> {
  const { fields: current, claim: holder } = state.jobs[key]!;
  if (current === undefined) return [{ was: 'missing' }, state];
  if (isFinal(current['status'])) return [{ was: 'final' }, state];
  const queue = leavesEntry ? state.queue : without(state.queue, key);
  const { children } = state.jobs[key]!;
  const counted = countChild(write(forget({ ...state, queue }, key), key, by, fields), key, 'failed');
  const ended = cancelAll(counted, children, by, fields, leavesEntry);
  return [holder === undefined ? { was: 'waiting' } : { was: 'running', worker: holder.worker }, ended];
}

/** Makes a failed job new, with what its submitter wrote, and puts it to the end of the queue. */
export function retry(state: ModelState, key: string, by: string): Outcome<Retried['outcome']> {
  const { fields } = state.jobs[key]!;
  if (fields === undefined) return ['missing', state];
  if (fields['status'] !== 'failed') return ['not-failed', state];
  const released = forget(state, key);
  const submitted = Object.fromEntries(Object.entries(fields).filter(([name]) => SUBMITTED.has(name)));
  const renewed = { ...NEW, fields: { ...submitted, status: 'new', updated_by: by }, touchedAtMs: state.nowMs };
  return [
    'queued',
    {
      ...released,
      jobs: { ...released.jobs, [key]: renewed },
      queue: [...without(released.queue, key), key],
    },
  ];
}

/** Makes children of a job, and queues them; some may be there already, and one that had failed is made new. */
export function addChildren(
  state: ModelState,
  id: number,
  key: string,
  worker: ModelWorker,
  children: readonly ModelChild[],
): Outcome<boolean> {
  const [accepted, next] = update(state, id, key, worker, {});
  return [accepted, accepted ? children.reduce((all, child) => addChild(all, key, child), next) : next];
}

export interface ModelChild {
  readonly key: string;
  /** Undefined: it is only waited for. */
  readonly fields: JobFields | undefined;
}

function addChild(state: ModelState, parent: string, { key, fields }: ModelChild): ModelState {
  const { children } = state.jobs[parent]!;
  if (children[key] !== undefined) return state;
  const there = state.jobs[key]?.fields;
  let next = state;
  if (fields !== undefined && (there === undefined || there['status'] === 'failed')) {
    const known = state.jobs[key] === undefined ? state : forget(state, key);
    const made = { ...NEW, fields, touchedAtMs: state.nowMs };
    next = { ...known, jobs: { ...known.jobs, [key]: made }, queue: [...without(known.queue, key), key] };
  }
  const now = next.jobs[key]?.fields;
  const status = now?.['status'];
  const how = now === undefined ? 'gone' : isFinal(status) ? status : 'pending';
  return change(next, parent, { children: { ...children, [key]: how } });
}

/** Ends the claim; the job stays in its list until its children have ended. */
export function awaitChildren(
  state: ModelState,
  id: number,
  key: string,
  worker: ModelWorker,
  fields: JobFields,
  lookAtMs: number,
): Outcome<boolean> {
  const [isHeld, next] = held(state, id, key);
  if (!isHeld) return [next.ended[id] === 'await-children', next];
  const { claim: holder, attempts = 0 } = next.jobs[key]!;
  const { list } = holder!;
  const stood = next.lists[list]?.includes(key) ?? false;
  const queue = stood ? next.queue : without(next.queue, key);
  const listed = putInto(release({ ...next, queue }, key), list, key);
  const parked = change(listed, key, { attempts: attempts - 1, parked: { list, lookAtMs } });
  return [true, wakeIfComplete(end(write(parked, key, worker.name, fields), id, 'await-children'), key)];
}

/** Jobs that wait for their children are touched, and children found that others have ended, or that are gone. */
export function lookAfterParents(state: ModelState, everyMs: number): ModelState {
  const due = Object.entries(state.jobs)
    .flatMap(([key, { parked }]) => (parked === undefined || parked.lookAtMs > state.nowMs ? [] : [{ key, ...parked }]))
    .toSorted((one, other) => one.lookAtMs - other.lookAtMs || (one.key < other.key ? -1 : 1));
  return due.reduce((all, { key, list }) => {
    if (!isOpen(all, key)) return forget(all, key);
    let next = change(all, key, { parked: { list, lookAtMs: all.nowMs + everyMs } });
    for (const child of pendingOf(next.jobs[key]!.children)) {
      const fields = next.jobs[child]?.fields;
      const status = fields?.['status'];
      if (fields === undefined) next = countChild(next, child, 'gone');
      else if (isFinal(status)) next = countChild(next, child, status);
    }
    const { total, done, failed, gone } = countsOf(next.jobs[key]!.children) ?? {
      total: 1,
      done: 1,
      failed: 0,
      gone: 0,
    };
    const progress = String(Math.round((100 * (done + failed + gone)) / total));
    const merged = { ...next.jobs[key]!.fields, progress };
    return change(next, key, { fields: merged, touchedAtMs: next.nowMs });
  }, state);
}

export function listChildren(state: ModelState, key: string): { key: string; status: string | undefined }[] {
  return Object.keys(state.jobs[key]!.children).map((child) => ({
    key: child,
    status: state.jobs[child]?.fields?.['status'],
  }));
}

export function countsOf(children: ModelJob['children']): ChildCounts | undefined {
  const all = Object.values(children);
  const count = (how: string): number => all.filter((state) => state === how).length;
  return all.length === 0
    ? undefined
    : { total: all.length, done: count('done'), failed: count('failed'), gone: count('gone') };
}

function pendingOf(children: ModelJob['children']): string[] {
  return Object.entries(children).flatMap(([key, how]) => (how === 'pending' ? [key] : []));
}

/** A job that has ended is counted for the one that waits for it, which is waked by the last. */
function countChild(state: ModelState, key: string, how: 'done' | 'failed' | 'gone'): ModelState {
  const parents = Object.keys(state.jobs).filter((parent) => state.jobs[parent]!.children[key] === 'pending');
  return parents.reduce((all, parent) => {
    const counted = change(all, parent, { children: { ...all.jobs[parent]!.children, [key]: how } });
    return wakeIfComplete(counted, parent);
  }, state);
}

function wakeIfComplete(state: ModelState, key: string): ModelState {
  const { parked, children } = state.jobs[key]!;
  if (parked === undefined || pendingOf(children).length > 0) return state;
  const off = unpark(state, key);
  return { ...off, queue: [key, ...without(off.queue, key)] };
}

/** The job waits for its children no longer: off the list in which it stood. */
function unpark(state: ModelState, key: string): ModelState {
  const { parked } = state.jobs[key]!;
  if (parked === undefined) return state;
  const lists = { ...state.lists, [parked.list]: without(state.lists[parked.list] ?? [], key) };
  return change({ ...state, lists }, key, { parked: undefined });
}

const ABANDONED = { status: 'failed', reason: 'abandoned' } as const;

function cancelAll(
  state: ModelState,
  children: ModelJob['children'],
  by: string,
  fields: JobFields & { status: 'failed' },
  leavesEntry: boolean,
): ModelState {
  return pendingOf(children).reduce((all, child) => cancel(all, child, by, fields, leavesEntry)[1], state);
}

/** The names of the jobs that were set aside; those whose hash is gone are forgotten. */
export function listDead(state: ModelState): Outcome<string[]> {
  const names = Object.keys(state.jobs).filter((key) => state.jobs[key]!.isDead);
  const gone = names.filter((key) => state.jobs[key]!.fields === undefined);
  const next = gone.reduce((all, key) => forget(change(all, key, { isDead: false }), key), state);
  return [names.filter((key) => !gone.includes(key)), next];
}

/** Jobs whose lease has run out go to the front, the one that ran out first before the others. */
export function recoverLeases(state: ModelState): Outcome<ModelRecovery> {
  const lapsed = Object.entries(state.jobs)
    .flatMap(([key, job]) => (job.claim === undefined ? [] : [{ key, leaseUntilMs: job.claim.leaseUntilMs }]))
    .filter(({ leaseUntilMs }) => leaseUntilMs <= state.nowMs)
    .toSorted((one, other) => other.leaseUntilMs - one.leaseUntilMs);
  let next = state;
  for (const { key } of lapsed) next = isOpen(next, key) ? putBack(bury(next, key), key, 'front') : forget(next, key);
  const ends = Object.values(next.jobs).flatMap(({ claim: holder }) => holder?.leaseUntilMs ?? []);
  return [
    {
      count: lapsed.filter(({ key }) => isOpen(state, key)).length,
      nextInMs: ends.length === 0 ? undefined : Math.min(...ends) - next.nowMs,
    },
    next,
  ];
}

/** What is told of a job and its queue. A lease that has run out is nobody's, and a job without a hash is no job. */
export function inspect({ jobs, queue, lists, nowMs }: ModelState, key: string): ModelView {
  const { fields, attempts, claim: holder } = jobs[key]!;
  const job = fields && { attempts, isLeased: holder !== undefined && holder.leaseUntilMs > nowMs };
  return { job, waiting: queue.length, inFlight: Object.values(lists).flat().length };
}

/** Lets a hash vanish after a time. */
export function expire(state: ModelState, key: string, afterMs: number): Outcome<boolean> {
  if (state.jobs[key]!.fields === undefined) return [false, state];
  return [true, pass(change(state, key, { expiresAtMs: state.nowMs + afterMs }), 0)];
}

/** Time passes: hashes expire. Nothing else happens by itself; a lease that has run out only may be taken away. */
export function pass(state: ModelState, ms: number): ModelState {
  let next: ModelState = { ...state, nowMs: state.nowMs + ms };
  for (const [key, { expiresAtMs }] of Object.entries(next.jobs)) {
    if (expiresAtMs !== undefined && expiresAtMs <= next.nowMs)
      next = change(next, key, { fields: undefined, expiresAtMs: undefined });
  }
  return next;
}

/** There is something to do: the hash is there, and not final. */
export function isOpen(state: ModelState, key: string): boolean {
  const fields = state.jobs[key]?.fields;
  return fields !== undefined && !isFinal(fields['status']);
}

export function processingList(worker: string): string {
  return `processing-q:${worker}`;
}

/** Whether this claim may write. One that meets a job which is gone, or which somebody else ended, is let go. */
function held(state: ModelState, id: number, key: string): Outcome<boolean> {
  if (state.jobs[key]?.claim?.id !== id) return [false, state];
  return isOpen(state, key) ? [true, state] : [false, forget(state, key)];
}

/**
 * Ends the claim, and puts the job back to the queue. One that has left its worker's list was moved by somebody
 * else, most likely to the queue, where it must not stand twice.
 */
function putBack(state: ModelState, key: string, where: 'front' | 'end'): ModelState {
  const list = state.jobs[key]!.claim?.list;
  const stood = list !== undefined && (state.lists[list]?.includes(key) ?? false);
  const queue = stood ? state.queue : without(state.queue, key);
  return { ...release(state, key), queue: where === 'front' ? [key, ...queue] : [...queue, key] };
}

/** A claim that is taken away from its worker counts as the worker's death. */
function bury(state: ModelState, key: string): ModelState {
  const { claim: holder, deaths } = state.jobs[key]!;
  return holder === undefined ? state : change(state, key, { deaths: [...deaths, holder.worker].slice(-DEATHS_KEPT) });
}

/** Ends the claim; the attempts stay counted. */
export function release(state: ModelState, key: string): ModelState {
  const list = state.jobs[key]!.claim?.list;
  const lists = list === undefined ? state.lists : { ...state.lists, [list]: without(state.lists[list] ?? [], key) };
  return change({ ...state, lists }, key, { claim: undefined });
}

/** Ends the claim, if there is one, and keeps nothing beside the hash but of a job that was set aside. */
export function forget(state: ModelState, key: string): ModelState {
  const released = change(unpark(release(state, key), key), key, { children: {} });
  return state.jobs[key]!.isDead ? released : change(released, key, { attempts: undefined, deaths: [] });
}

/** Into a list, once. */
function putInto(state: ModelState, list: string, key: string): ModelState {
  return { ...state, lists: { ...state.lists, [list]: [key, ...without(state.lists[list] ?? [], key)] } };
}

/** Every write says who and when. */
export function write(state: ModelState, key: string, by: string, fields: JobFields): ModelState {
  const merged = { ...state.jobs[key]!.fields, ...fields, updated_by: by };
  return change(state, key, { fields: merged, touchedAtMs: state.nowMs });
}

function end(state: ModelState, id: number, how: ModelEnd): ModelState {
  return { ...state, ended: { ...state.ended, [id]: how } };
}

function change(state: ModelState, key: string, job: Partial<ModelJob>): ModelState {
  return { ...state, jobs: { ...state.jobs, [key]: { ...state.jobs[key]!, ...job } } };
}

export function without(keys: readonly string[], key: string): string[] {
  return keys.filter((other) => other !== key);
}
