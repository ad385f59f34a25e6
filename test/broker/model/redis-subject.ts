import type { Redis } from 'ioredis';
import { type Broker, isFinal } from '../../../src/broker/contract.js';
import { parseTimestamp, wireTimestamp } from '../../../src/broker/timestamp.js';
import { startRedisServer } from '../../support/redis-server.js';
import { movableElapsed } from './movable-clock.js';
import { OLD_LIST, OLD_POD } from './model-of-other-programs.js';
import { lookAtRedis } from './redis-look.js';
import { type OtherPrograms, QUEUE, type Subject } from './subject.js';

/** Time that a run may take: far below the distance of any two times that a run compares. */
const DRIFT_MS = 15_000;

const LONG_MS = 3_600_000;

/** Everything but hashes that the server compares with its clock: leases, first sights, and times to live. */
const MOVE_TIMES = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('TYPE', key).ok == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[1], member) end
  end
  local left = redis.call('PTTL', key)
  if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[1]) end
end
`;

/** A real server, emptied before each run, and looked at over a connection of the test's own. */
export async function redisSubject(open: (url: string) => Promise<Broker>): Promise<Subject> {
  const server = await startRedisServer();
  const redis = server.client();
  const broker = await open(server.url);
  const elapsed = movableElapsed();
  return {
    name: 'redis:',
    driftMs: DRIFT_MS,
    others: otherPrograms(redis),
    leavesCancelled: true,
    async start() {
      await redis.flushall();
      elapsed.move(LONG_MS); // what the broker did in the run before is long ago
      return broker;
    },
    async pass(ms) {
      elapsed.move(ms);
      await moveTimes(redis, ms);
    },
    look: (keys) => lookAtRedis(redis, keys),
    async close() {
      elapsed.release();
      await broker.close();
      await server.stop();
    },
  };
}

/**
 * The server's clock cannot be moved, and to wait for it would take a minute per lease. What can be moved is every time
 * that it has been asked to keep: all of them an hour back is the same, for whoever compares them with the clock, as the
 * clock an hour on. Scripts and broker run as they are.
 */
async function moveTimes(redis: Redis, ms: number): Promise<void> {
  await redis.eval(MOVE_TIMES, 0, ms);
  for (const key of await redis.keys('q:*')) {
    const touched = parseTimestamp((await redis.hget(key, 'updated_at')) ?? undefined);
    if (touched !== undefined) await redis.hset(key, 'updated_at', wireTimestamp(touched - ms));
  }
}

/**
 * Other components of the Kiosk, as they act on Redis. What no broker can make up for is left out: a real old consumer
 * also writes to a hash that has expired, which makes it anew, and to one that is final.
 */
function otherPrograms(redis: Redis): OtherPrograms {
  const write = async (key: string, ...fields: string[]): Promise<void> => {
    const status = await redis.hget(key, 'status');
    if (status === null || isFinal(status)) return;
    await redis.hset(key, ...fields, 'updated_at', wireTimestamp(Date.now()), 'updated_by', OLD_POD);
  };
  return {
    async take() {
      const key = (await redis.rpoplpush(QUEUE, OLD_LIST)) ?? undefined;
      if (key !== undefined) await write(key);
      return key;
    },
    async end(key, status, dies) {
      await write(key, 'status', status);
      if (!dies) await redis.lrem(OLD_LIST, 1, key);
    },
    async putBack(list, key) {
      await redis.multi().lrem(list, 1, key).lpush(QUEUE, key).exec();
    },
  };
}
