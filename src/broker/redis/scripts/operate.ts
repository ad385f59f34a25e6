import { defineScript } from './script.js';

/**
 * KEYS hash · ARGV who cancels, field, value …
 *
 * Ends a job whoever holds it. Answers what it was, who held it, and the names of its children that have not ended.
 */
export const CANCEL = defineScript(
  'cancel',
  `
local key = KEYS[1]
if not isHash(key) then return { 'missing' } end
if isFinal(redis.call('HGET', key, 'status')) then return { 'final' } end
admit()
local _, queue, list = claimOf(key)
local job = redis.call('HMGET', jobKey(key), 'worker', 'parent')
local answer = redis.call('ZRANGE', pendingKey(key), 0, -1)
table.insert(answer, 1, queue and job[1] or '')
table.insert(answer, 1, queue and 'running' or 'waiting')
forget(key, queue, list)
write(key, ARGV[1], 2)
if job[2] then countChild(job[2], key, 'failed') end
return answer
`,
);

/**
 * KEYS hash, queue or an empty text · ARGV who retries, field to be removed …
 *
 * Answers `{'queued', queue}`, or why not.
 */
export const RETRY = defineScript(
  'retry',
  `
local key = KEYS[1]
if not isHash(key) then return { 'missing' } end
if redis.call('HGET', key, 'status') ~= 'failed' then return { 'not-failed' } end
local queue = redis.call('HGET', jobKey(key), 'deadQueue') or KEYS[2]
if queue == '' then return { 'unknown-queue' } end
local fault = notAQueue(queue)
if fault then return fault end
admit()
local _, heldQueue, list = claimOf(key) -- of a worker that another program outran
redis.call('ZREM', deadKey(), key)
forget(key, heldQueue, list)
redis.call('HDEL', key, unpack(ARGV, 2))
redis.call('PERSIST', key)
redis.call('HSET', key, 'status', 'new', 'updated_at', stamp(TIME), 'updated_by', ARGV[1])
takeOff(queue, key) -- one that was cancelled, or moved by the janitor, may still stand there
redis.call('LPUSH', queue, key)
return { 'queued', queue }
`,
);

/**
 * ARGV how many to pass over, how many to look at
 *
 * The jobs set aside, newest first, as `{name, since, queue, deaths, {field, value, …}}`; those that are there no more are dropped.
 */
export const LIST_DEAD = defineScript(
  'list-dead',
  `
local first = tonumber(ARGV[1])
local found, seen = {}, redis.call('ZREVRANGE', deadKey(), first, first + tonumber(ARGV[2]) - 1, 'WITHSCORES')
admit()
for i = 1, #seen, 2 do
  local key = seen[i]
  if isHash(key) and redis.call('HGET', key, 'status') == 'failed' then
    local job = redis.call('HMGET', jobKey(key), 'deadQueue', 'deaths')
    found[#found + 1] = { key, seen[i + 1], job[1] or '', job[2] or '', redis.call('HGETALL', key) }
  else
    redis.call('ZREM', deadKey(), key)
    local _, queue, list = claimOf(key)
    forget(key, queue, list)
  end
end
return { #seen / 2, found }
`,
);
