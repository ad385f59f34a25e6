import { DEAD_KEPT, parseDeaths } from '../claim-rules.js';
import type { DeadJob } from '../contract.js';
import type { Send } from './foreign-jobs.js';
import { fromPairs } from './from-pairs.js';
import { LIST_DEAD } from './scripts/operate.js';
import { runScript } from './scripts/script.js';

/** Hashes may be large: so many are fetched at a time. */
const PAGE = 100;

type Found = [key: string, since: string, queue: string, deaths: string, fields: string[]];

/** The jobs set aside, newest first. */
export async function deadJobs(send: Send): Promise<DeadJob[]> {
  const jobs: DeadJob[] = [];
  for (let first = 0; first < DEAD_KEPT;) {
    const answer = await send((client) => runScript(client, LIST_DEAD, [], [first, PAGE]));
    const [seen, found] = answer as [number, Found[]];
    for (const [key, since, queue, deaths, fields] of found) {
      jobs.push({ key, queue, since: Number(since), fields: fromPairs(fields), deaths: parseDeaths(deaths) });
    }
    if (seen < PAGE) break;
    // Those that were dropped have left the list; the next page begins as much earlier.
    first += found.length;
  }
  return jobs;
}
