import type { Redis } from 'ioredis';
import { parseDeaths } from '../../../src/broker/claim-rules.js';
import type { JobFields } from '../../../src/broker/contract.js';
import { type JobRecord, type Observation, QUEUE } from './subject.js';

/** Everything that the server has: `{now ms, {key, type, ms to live, {its content}}, …}`. */
const DUMP = `
local time = redis.call('TIME')
local found = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind, content = redis.call('TYPE', key).ok, {}
  if kind == 'list' then content = redis.call('LRANGE', key, 0, -1) end
  if kind == 'hash' then content = redis.call('HGETALL', key) end
  if kind == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  found[#found + 1] = { key, kind, redis.call('PTTL', key), content }
end
return found
`;

type Found = readonly [key: string, type: string, ttlMs: number, content: string[]];

/** Keys of ours that go by themselves, and are no one's business while they are there. */
const PASSING =
  /^(kiosk:ended:.+ string|kiosk:sweep:q string|kiosk:silent:q zset|kiosk:pending:.+ zset|kiosk:parked:q zset)$/;

/** Looks at every key. One that is neither a queue, a processing list, a job, nor known as ours, is a stranger. */
export async function lookAtRedis(redis: Redis, keys: readonly string[]): Promise<Observation> {
  const [now, ...all] = (await redis.eval(DUMP, 0)) as [string, ...Found[]];
  const nowMs = Number(now);
  let queue: readonly string[] = [];
  let dead: readonly string[] = [];
  const lists: Record<string, readonly string[]> = {};
  const hashes: Record<string, JobFields> = {};
  const records: Record<string, JobRecord> = {};
  const leases: Record<string, number> = {};
  const jobs: Record<string, Record<string, string>> = {};
  const families: Record<string, number> = {};
  const strangers: string[] = [];
  const lasting: string[] = [];
  for (const [key, type, ttlMs, content] of all) {
    if (key === QUEUE && type === 'list') queue = content.toReversed();
    else if (key.startsWith(`processing-${QUEUE}:`) && type === 'list') lists[key] = content;
    else if (keys.includes(key) && type === 'hash') hashes[key] = fromPairs(content);
    else if (key.startsWith('kiosk:job:') && keys.includes(key.slice(10)) && type === 'hash')
      jobs[key.slice(10)] = fromPairs(content);
    else if (key.startsWith('kiosk:children:') && type === 'zset') families[key.slice(15)] = content.length / 2;
    else if (key === 'kiosk:dead' && type === 'zset') dead = Object.keys(fromPairs(content));
    else if (key === `kiosk:leases:${QUEUE}` && type === 'zset')
      for (const [job, until] of Object.entries(fromPairs(content))) leases[job] = Number(until) - nowMs;
    else if (!PASSING.test(`${key} ${type}`)) strangers.push(`${key}, a ${type}`);
    if (key.startsWith('kiosk:') && key !== 'kiosk:dead' && key !== `kiosk:parked:${QUEUE}` && ttlMs < 0)
      lasting.push(key);
  }
  for (const [key, job] of Object.entries(jobs)) {
    if (job['attempts'] !== undefined) records[key] = recordOf(job, families[key] ?? 0);
  }
  for (const key of dead) if (records[key]?.isDead !== true) strangers.push(`${key} among the dead`);
  return { nowMs, queue, lists, hashes, records, leases, strangers, lasting };
}

function recordOf(fields: Readonly<Record<string, string>>, total: number): JobRecord {
  const count = (how: string): number => Number(fields[how] ?? 0);
  return {
    attempts: Number(fields['attempts']),
    deaths: parseDeaths(fields['deaths']).map(({ worker }) => worker),
    isDead: fields['deadQueue'] !== undefined,
    list: fields['token'] === undefined ? undefined : fields['list'],
    parkedList: fields['parkedList'],
    children: total === 0 ? undefined : { total, done: count('done'), failed: count('failed'), gone: count('gone') },
  };
}

function fromPairs(flat: readonly string[]): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return Object.fromEntries(pairs);
}
