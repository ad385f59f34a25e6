import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomNumbers } from '../../src/testing/random-numbers.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { Row, Scenario } from './contract.js';
import { Kiosk } from './kiosk.js';
import { recount } from './oracle.js';

/** Once all is done, workers have this long to clear away what killed ones left behind: a sweep, and some. */
const CLEAR_AWAY_MS = 7000;
const LOOK_EVERY_MS = 100;

export interface RunOptions {
  readonly seed: number;
  /** Where the logs go of a run in which something is wrong. */
  readonly logFolder: string;
}

/** Sets a deployment up, lets it work, makes trouble, and recounts. */
export async function runScenario(scenario: Scenario, { seed, logFolder }: RunOptions): Promise<Row> {
  const folder = await temporaryFolder();
  const random = randomNumbers(seed);
  const kiosk = await Kiosk.open({ ...scenario.kiosk, folder: folder.path, random });
  try {
    await kiosk.fleet.start();
    const keys = await kiosk.enqueue(scenario.jobs);
    const startedAt = performance.now();
    const over = new AbortController();
    const tools = { signal: over.signal, random, pause: (ms: number) => pause(ms, over.signal) };
    const trouble = scenario.trouble(kiosk, tools);
    const ended = untilEnded(kiosk, keys, scenario.timeoutSeconds * 1000);
    await Promise.race([ended, trouble.then(() => ended)]);
    over.abort();
    await trouble;
    const seconds = (performance.now() - startedAt) / 1000;
    await kiosk.recovery.settled();
    await sleep(CLEAR_AWAY_MS);
    await kiosk.fleet.drainAll();
    const verdict = await recount(kiosk, keys, scenario);
    const { kills, stops } = kiosk.fleet.done;
    const row: Row = {
      fault: scenario.fault,
      jobs: scenario.jobs,
      ...verdict,
      reRun: kiosk.fleet.claims() - scenario.jobs,
      reRunBound: (kills + stops + kiosk.redisRestarts) * scenario.kiosk.concurrency,
      recoverSeconds: kiosk.recovery.seconds,
      seconds,
    };
    if (!isClean(row)) await writeFile(join(logFolder, `chaos-${scenario.name}.log`), kiosk.fleet.logs());
    return row;
  } finally {
    await kiosk.close();
    await folder.remove();
  }
}

/** Nothing lost, nothing stuck, nothing done twice, nothing left. */
export function isClean(row: Row): boolean {
  const { lost, stuck, publishedTwice, wrongEnd, leftOver, reRun, reRunBound } = row;
  return lost + stuck + publishedTwice + wrongEnd + leftOver === 0 && reRun <= reRunBound;
}

async function untilEnded({ client }: Kiosk, keys: readonly string[], timeoutMs: number): Promise<void> {
  const open = new Set(keys);
  const deadline = performance.now() + timeoutMs;
  while (open.size > 0 && performance.now() < deadline) {
    for (const key of [...open].slice(0, 200)) {
      const status = await client.hget(key, 'status').catch(() => undefined);
      if (status === 'done' || status === 'failed' || status === null) open.delete(key);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
