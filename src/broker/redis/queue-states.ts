import type { QueueState } from '../contract.js';
import { parseTimestamp } from '../timestamp.js';
import type { Send } from './foreign-jobs.js';
import { type FoundList, scanLists } from './scan-lists.js';
import { runScript } from './scripts/script.js';
import { QUEUE_STATE } from './scripts/store.js';

/** Depth of the queues named, or of every queue in which a job waits or is in hand. */
export async function queueStates(send: Send, names: readonly string[] | undefined): Promise<QueueState[]> {
  const lists = await scanLists(send, names === undefined ? '*' : 'processing-*');
  const all = names ?? lists.flatMap(({ name }) => queueOf(name) ?? []).toSorted();
  const states: QueueState[] = [];
  for (const queue of new Set(all)) states.push(await queueState(send, queue, lists));
  return states;
}

async function queueState(send: Send, queue: string, lists: readonly FoundList[]): Promise<QueueState> {
  const answer = await send((client) => runScript(client, QUEUE_STATE, [queue], []));
  const [waiting, createdAt, now] = answer as [number, string, string];
  const created = parseTimestamp(createdAt);
  const inHand = lists.filter(({ name }) => name.startsWith(`processing-${queue}:`));
  return {
    queue,
    waiting,
    inFlight: inHand.reduce((sum, { length }) => sum + length, 0),
    oldestMs: created === undefined ? undefined : Math.max(0, Number(now) - created),
  };
}

/** The queue that a list is, or of which it holds the jobs in hand. */
function queueOf(list: string): string | undefined {
  const inHand = /^processing-([^:]+):/.exec(list);
  if (inHand !== null) return inHand[1];
  return list.includes(':') ? undefined : list;
}
