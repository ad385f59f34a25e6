import { defineScript } from './script.js';

/**
 * KEYS hash · ARGV token, lease ms, worker name, note, uploads, field, value …
 *
 * Extends the lease and writes the fields, none for a renewal. Answers 0 if the claim is not this worker's any more.
 */
export const UPDATE = defineScript(
  'update',
  `
local key = KEYS[1]
admit()
local queue = held(key, ARGV[1])
if not queue then return 0 end
write(key, ARGV[3], 6)
keepRecord(key, ARGV[4], ARGV[5])
setLease(queue, key, ARGV[2])
redis.call('PEXPIRE', jobKey(key), JOB_KEPT_MS)
return 1
`,
);

/**
 * KEYS hash · ARGV token, ms for which the end is remembered, worker name, '1' if the job is to be set aside, how many of these
 * are kept, seconds after which children expire (or an empty text), field, value …
 *
 * Answers 0 if the claim is not this worker's any more, else 1, with the names of the children that have not ended.
 */
export const SETTLE = defineScript(
  'settle',
  `
local key, receipt = KEYS[1], endedKey(ARGV[1])
admit()
local queue, list = held(key, ARGV[1])
if not queue then return { redis.call('GET', receipt) == 'settle' and 1 or 0 } end
local answer = redis.call('ZRANGE', pendingKey(key), 0, -1)
table.insert(answer, 1, 1)
if ARGV[6] ~= '' then
  for _, child in ipairs(redis.call('ZRANGE', childrenKey(key), 0, -1)) do redis.call('EXPIRE', child, ARGV[6]) end
end
local parent = redis.call('HGET', jobKey(key), 'parent')
if ARGV[4] == '1' then
  release(key, queue, list)
  dropChildren(key)
  redis.call('HSET', jobKey(key), 'deadQueue', queue)
  redis.call('HDEL', jobKey(key), 'uploads')
  redis.call('PEXPIRE', jobKey(key), JOB_KEPT_MS)
  redis.call('ZADD', deadKey(), string.format('%.0f', NOW), key)
  redis.call('ZREMRANGEBYRANK', deadKey(), 0, -1 - tonumber(ARGV[5]))
else
  forget(key, queue, list)
end
write(key, ARGV[3], 7)
if parent then countChild(parent, key, redis.call('HGET', key, 'status')) end
redis.call('SET', receipt, 'settle', 'PX', ARGV[2])
return answer
`,
);

/** KEYS hash, queue · ARGV token, ms for which the end is remembered, worker name, '1' if the attempt is not to count */
export const GIVE_BACK = defineScript(
  'give-back',
  `
local key, receipt = KEYS[1], endedKey(ARGV[1])
local fault = notAQueue(KEYS[2])
if fault then return fault end
admit()
local queue, list = held(key, ARGV[1])
if not queue then return redis.call('GET', receipt) == 'give-back' and 1 or 0 end
putBack(key, KEYS[2], list, 'LPUSH')
redis.call('HDEL', jobKey(key), 'uploads') -- its worker has removed them
if ARGV[4] == '1' then redis.call('HINCRBY', jobKey(key), 'attempts', -1) end
write(key, ARGV[3], 5)
redis.call('SET', receipt, 'give-back', 'PX', ARGV[2])
return 1
`,
);
