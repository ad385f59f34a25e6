import type { Redis } from 'ioredis';
import { parseTimestamp } from '../timestamp.js';
import { scanLists } from './scan-lists.js';
import { ADOPT, LOOK_AT_LIST, SILENT_FOR, TAKE_TURN } from './scripts/recover.js';
import { runScript } from './scripts/script.js';

/** Sends one command over the link. */
export type Send = <T>(send: (client: Redis) => Promise<T>) => Promise<T>;

/** Looking at all keys of the server is work for it: one worker of all does it, at most so often. */
const SWEEP_EVERY_MOST_MS = 60_000;
const SWEEPS_PER_SILENCE = 4;

/**
 * Puts jobs of other programs (an old Python consumer, say) back whose `updated_at` has been silent for a while: entries of
 * `processing-<queue>:*` that no worker of ours holds. Each is looked at again in the script that moves it. Entries whose
 * hash is gone or final are dropped. Without a readable `updated_at`, the silence counts from the time at which the entry was
 * seen first.
 */
export class ForeignJobs {
  /** When this process looked last, by queue and silence. */
  readonly #lookedAt = new Map<string, number>();

  constructor(private readonly send: Send) {}

  /** @returns how many were put back; 0 if somebody has looked a short while ago */
  async adopt(queue: string, silenceMs: number): Promise<number> {
    const everyMs = Math.floor(Math.min(SWEEP_EVERY_MOST_MS, silenceMs / SWEEPS_PER_SILENCE));
    if (everyMs > 0) {
      const look = `${queue} ${silenceMs}`;
      if (performance.now() - (this.#lookedAt.get(look) ?? -Infinity) < everyMs) return 0;
      this.#lookedAt.set(look, performance.now());
      const turn = await this.send((client) => runScript(client, TAKE_TURN, [`kiosk:sweep:${queue}`], [everyMs]));
      if (turn !== 1) return 0;
    }
    let count = 0;
    for (const { name } of await scanLists(this.send, `processing-${literal(queue)}:*`)) {
      count += await adoptFrom(this.send, queue, name, silenceMs);
    }
    return count;
  }
}

type Entry = [key: string, open: number, updatedAt: string];

async function adoptFrom(send: Send, queue: string, list: string, silenceMs: number): Promise<number> {
  const answer = await send((client) => runScript(client, LOOK_AT_LIST, [list], []));
  const [now, ...entries] = answer as [string, ...Entry[]];
  let count = 0;
  for (const [key, open, updatedAt] of entries) {
    if (open === 1 && (await silentFor(send, queue, key, updatedAt, Number(now), silenceMs)) < silenceMs) continue;
    count += Number(await send((client) => runScript(client, ADOPT, [queue, list, key], [updatedAt])));
  }
  return count;
}

async function silentFor(
  send: Send,
  queue: string,
  key: string,
  updatedAt: string,
  now: number,
  silenceMs: number,
): Promise<number> {
  const touched = parseTimestamp(updatedAt);
  if (touched !== undefined) return now - touched;
  const keptMs = 2 * silenceMs + SWEEP_EVERY_MOST_MS;
  return Number(await send((client) => runScript(client, SILENT_FOR, [`kiosk:silent:${queue}`], [key, keptMs])));
}

/** The text as a pattern that matches only itself. */
function literal(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
