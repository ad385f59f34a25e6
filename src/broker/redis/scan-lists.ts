import type { Send } from './foreign-jobs.js';
import { runScript } from './scripts/script.js';
import { SCAN_LISTS } from './scripts/store.js';

export interface FoundList {
  readonly name: string;
  readonly length: number;
}

/** Keys looked at per step; bounds the time for which the server is busy. */
const STEP = 1_000;

/** All lists whose name matches the pattern, with their lengths. Looks at every key of the server, step by step. */
export async function scanLists(send: Send, pattern: string): Promise<FoundList[]> {
  const lengths = new Map<string, number>();
  let cursor = '0';
  do {
    const from = cursor;
    const answer = await send((client) => runScript(client, SCAN_LISTS, [], [from, pattern, STEP]));
    const [next, ...found] = answer as [string, ...(string | number)[]];
    for (let i = 0; i + 1 < found.length; i += 2) lengths.set(String(found[i]), Number(found[i + 1]));
    cursor = next;
  } while (cursor !== '0');
  return [...lengths].map(([name, length]) => ({ name, length }));
}
