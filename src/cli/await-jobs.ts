import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type Broker, type JobFields } from '../broker/contract.js';
import type { CommandContext } from './command-context.js';

/** A job that has ended; without fields its hash has vanished. */
export interface FinishedJob {
  readonly fields: JobFields | undefined;
}

/** Soon enough for a person, seldom enough for the broker: one read for each open job in this time. */
const LOOK_EVERY_MS = 250;

/**
 * Waits until every job has ended, telling the progress on a terminal.
 * @throws the reason of the signal if the command is stopped; the jobs go on without it
 */
export async function awaitJobs(
  context: CommandContext,
  broker: Broker,
  hashes: readonly string[],
): Promise<Map<string, FinishedJob>> {
  const finished = new Map<string, FinishedJob>();
  const statuses = new Map<string, string>();
  while (finished.size < hashes.length) {
    for (const hash of hashes) {
      if (finished.has(hash)) continue;
      context.signal.throwIfAborted();
      const fields = await broker.read(hash);
      if (fields === undefined || isFinal(fields.status)) finished.set(hash, { fields });
      else statuses.set(hash, fields.status ?? '');
    }
    context.output.progress(progressLine(hashes, finished, statuses));
    if (finished.size < hashes.length)
      await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
  }
  context.output.progress('');
  return finished;
}

/** `12 of 40 done, 1 failed · predicting 2, new 25`. */
function progressLine(
  hashes: readonly string[],
  finished: ReadonlyMap<string, FinishedJob>,
  statuses: ReadonlyMap<string, string>,
): string {
  const failed = [...finished.values()].filter(({ fields }) => fields?.status !== 'done').length;
  const counts = new Map<string, number>();
  for (const [hash, status] of statuses) {
    if (!finished.has(hash)) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const open = [...counts].map(([status, count]) => `${status} ${count}`).join(', ');
  const done = `${finished.size - failed} of ${hashes.length} done${failed > 0 ? `, ${failed} failed` : ''}`;
  return open === '' ? done : `${done} · ${open}`;
}
