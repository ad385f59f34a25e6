import {
  type Cancelled,
  type FinalStatus,
  isFinal,
  type JobFields,
  type Retried,
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
  readonly ended: Readonly<Record<number, 'settle' | 'give-back'>>;
  /** How many claims there have been; the next one has this number. */
  readonly claims: number;
  /** When somebody looked for silent jobs of other programs the last time. */
  readonly sweptAtMs: number;
}

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
  const moved = putInto(release(bury(popped, key), key), list, key);
  const taken = { id: state.claims, worker: worker.name, list, leaseUntilMs: state.nowMs + worker.leaseMs };
  const counted = change({ ...moved, claims: state.claims + 1 }, key, { attempts: attempts + 1, claim: taken });
  return [{ key, attempt: attempts + 1, deaths: moved.jobs[key]!.deaths }, write(counted, key, worker.name, {})];
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
  setAside: boolean,
): Outcome<boolean> {
  const [isHeld, next] = held(state, id, key);
  if (!isHeld) return [next.ended[id] === 'settle', next];
  const kept = setAside ? change(next, key, { isDead: true }) : next;
  return [true, end(write(forget(kept, key), key, worker.name, fields), id, 'settle')];
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
  const ended = write(forget({ ...state, queue }, key), key, by, fields);
  return [holder === undefined ? { was: 'waiting' } : { was: 'running', worker: holder.worker }, ended];
}

/** Makes a failed job new, with what its submitter wrote, and puts it to the end of the queue. */
export function retry(state: ModelState, key: string, by: string): Outcome<Retried['outcome']> {
  const { fields } = state.jobs[key]!;
  if (fields === undefined) return ['missing', state];
  if (fields['status'] !== 'failed') return ['not-failed', state];
  const submitted = Object.fromEntries(Object.entries(fields).filter(([name]) => SUBMITTED.has(name)));
  const renewed = { ...NEW, fields: { ...submitted, status: 'new', updated_by: by }, touchedAtMs: state.nowMs };
  const released = release(state, key);
  return [
    'queued',
    {
      ...released,
      jobs: { ...released.jobs, [key]: renewed },
      queue: [...without(released.queue, key), key],
    },
  ];
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
  const released = release(state, key);
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

function end(state: ModelState, id: number, how: 'settle' | 'give-back'): ModelState {
  return { ...state, ended: { ...state.ended, [id]: how } };
}

function change(state: ModelState, key: string, job: Partial<ModelJob>): ModelState {
  return { ...state, jobs: { ...state.jobs, [key]: { ...state.jobs[key]!, ...job } } };
}

export function without(keys: readonly string[], key: string): string[] {
  return keys.filter((other) => other !== key);
}
