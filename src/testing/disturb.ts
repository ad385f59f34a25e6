import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KioskError } from '../errors/kiosk-error.js';
import type { ConsumerClass } from '../plugin/contract.js';
import type { ConsumerCheck } from './check-consumer.js';
import { observed, tapped, type Observation, type OnCall } from './observe.js';
import { executeIn, withJobRuntime } from './run-job.js';
import type { TestRuntime } from './runtime.js';

/** The job is disturbed at this many of its calls of the world at most. */
const MOST_PLACES = 6;

/** Positions among the calls, at most some, the first and the last among them. */
function chosen(calls: readonly string[]): number[] {
  const step = Math.max(1, (calls.length - 1) / (MOST_PLACES - 1));
  const positions = Array.from({ length: MOST_PLACES }, (_, i) => Math.round(i * step));
  return positions.filter((position) => position < calls.length);
}

/** Aborts the job in the middle of its work. */
export async function abortAtCalls(consumerClass: ConsumerClass, check: ConsumerCheck, calls: readonly string[]) {
  const found: string[] = [];
  const withinMs = check.abortWithinMs ?? 1000;
  for (const position of chosen(calls)) {
    const stop = new AbortController();
    const { observation, watched } = observed(consumerClass);
    await withJobRuntime(check, async (runtime) => {
      const onCall = atCall(position, () => stop.abort(new KioskError('KC_ABORTED', 'The test stops the job.')));
      await executeIn(tapped(runtime, onCall), watched, { ...check, signal: stop.signal });
      const isOver = observation.ended?.then(() => true) ?? true;
      if (!(await Promise.race([isOver, sleep(withinMs, false)])))
        found.push(`It goes on for more than ${withinMs} ms after its job was aborted at ${calls[position]}.`);
      found.push(...(await leftovers(runtime, observation, `when aborted at ${calls[position]}`)));
    });
  }
  return found;
}

/** Lets calls fail, and with them the job. */
export async function failAtCalls(consumerClass: ConsumerClass, check: ConsumerCheck, calls: readonly string[]) {
  const found: string[] = [];
  const failing = new Set(chosen(calls));
  const published = calls.lastIndexOf('store.urlFor');
  if (published >= 0) failing.add(published);
  for (const position of failing) {
    const { observation, watched } = observed(consumerClass);
    await withJobRuntime(check, async (runtime) => {
      const onCall = atCall(position, () => {
        throw new KioskError('KC_STORAGE_DENIED', 'The test lets this call fail.');
      });
      const { outcome } = await executeIn(tapped(runtime, onCall), watched, check);
      await observation.ended;
      if (outcome.status === 'failed')
        found.push(...(await leftovers(runtime, observation, `when ${calls[position]} fails`)));
      else if (calls[position] !== 'store.delete')
        found.push(`It ends as "${outcome.status}" though ${calls[position]} failed.`);
    });
  }
  return found;
}

/** Gives the job to nobody in the middle: as after a lost lease, every write is refused. */
export async function loseJob(consumerClass: ConsumerClass, check: ConsumerCheck, calls: readonly string[]) {
  const uploads = calls.indexOf('store.upload');
  const position = uploads >= 0 ? uploads : calls.length - 1;
  if (position < 0) return [];
  const found: string[] = [];
  const { observation, watched } = observed(consumerClass);
  await withJobRuntime(check, async (runtime) => {
    const takeAway = async () => {
      const key = 'q:image.tif:1';
      await runtime.broker.cancel(key, 'test', { status: 'failed', reason: 'taken away' });
    };
    const { key, outcome } = await executeIn(tapped(runtime, atCall(position, takeAway)), watched, check);
    await observation.ended;
    if (outcome.status !== 'lost') found.push(`It ends as "${outcome.status}" though its job was another's by then.`);
    if ((await runtime.broker.read(key))?.['reason'] !== 'taken away')
      found.push('It wrote over a job that it had lost.');
    found.push(...(await leftovers(runtime, observation, 'when its job was lost')));
  });
  return found;
}

function atCall(position: number, act: () => void | Promise<void>): OnCall {
  let count = 0;
  return async () => {
    if (count++ === position) await act();
  };
}

/** What a job that did not end as done must not leave. */
async function leftovers(runtime: TestRuntime, { folder }: Observation, when: string): Promise<string[]> {
  const found: string[] = [];
  const objects = await readdir(runtime.bucket, { recursive: true, withFileTypes: true });
  for (const entry of objects) {
    const key = join(entry.parentPath, entry.name).slice(runtime.bucket.length + 1);
    if (entry.isFile() && !key.startsWith('uploads/'))
      found.push(`It leaves the object ${key} behind ${when}.`.replace(/[0-9a-f]{32}/, '…'));
  }
  const isThere =
    folder !== undefined &&
    (await access(folder).then(
      () => true,
      () => false,
    ));
  if (isThere) found.push(`Its folder is there again ${when}: something of it still writes.`);
  return found;
}
