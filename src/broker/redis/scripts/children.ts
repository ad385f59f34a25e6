import { LOOK_AT_CHILDREN_MS } from '../../claim-rules.js';
import { defineScript } from './script.js';

/**
 * KEYS hash · ARGV token, lease ms, worker name, uploads, then for each child: queue, hash, number of fields, field, value …
 *
 * Makes children of a job, or takes those that somebody has made. Answers 0 if the claim is not this worker's any more.
 */
export const ADD_CHILDREN = defineScript(
  'add-children',
  `
local parent = KEYS[1]
admit()
local queue = held(parent, ARGV[1])
if not queue then return 0 end
local children, pending = childrenKey(parent), pendingKey(parent)
local nextPlace = redis.call('ZCARD', children)

local function make(target, key, first, last)
  if notAQueue(target) then return end
  redis.call('HSET', key, unpack(ARGV, first, last))
  redis.call('LPUSH', target, key)
end

local function add(target, key, first, last)
  if redis.call('ZADD', children, 'NX', nextPlace, key) == 0 then return end
  nextPlace = nextPlace + 1
  if last >= first then
    local kind = redis.call('TYPE', key).ok
    if kind == 'hash' and redis.call('HGET', key, 'status') == 'failed' then
      local _, heldQueue, list = claimOf(key)
      redis.call('ZREM', deadKey(), key)
      forget(key, heldQueue, list)
      redis.call('DEL', key)
      takeOff(target, key)
      kind = 'none'
    end
    if kind == 'none' then make(target, key, first, last) end
  end
  if isOpen(key) then
    redis.call('ZADD', pending, string.format('%.0f', NOW), key)
    redis.call('HSET', jobKey(key), 'parent', parent)
    redis.call('PEXPIRE', jobKey(key), JOB_KEPT_MS)
  else
    redis.call('HINCRBY', jobKey(parent), isHash(key) and redis.call('HGET', key, 'status') or 'gone', 1)
  end
end

local i = 5
while i <= #ARGV do
  local count = tonumber(ARGV[i + 2])
  add(ARGV[i], ARGV[i + 1], i + 3, i + 2 + count)
  i = i + 3 + count
end
for _, key in ipairs({ children, pending, jobKey(parent) }) do redis.call('PEXPIRE', key, JOB_KEPT_MS) end
keepRecord(parent, '', ARGV[4])
setLease(queue, parent, ARGV[2])
write(parent, ARGV[3], #ARGV + 1)
return 1
`,
);

/**
 * KEYS hash · ARGV token, ms for which the end is remembered, worker name, field, value …
 *
 * Ends the claim of a job that waits for its children; at once at the front of its queue if none is left to wait for.
 */
export const AWAIT_CHILDREN = defineScript(
  'await-children',
  `
local key, receipt = KEYS[1], endedKey(ARGV[1])
admit()
local queue, list = held(key, ARGV[1])
if not queue then return redis.call('GET', receipt) == 'await-children' and 1 or 0 end
if not takeOff(list, key) then takeOff(queue, key) end
release(key, queue, list)
if not notAQueue(list) then redis.call('LPUSH', list, key) end
redis.call('HINCRBY', jobKey(key), 'attempts', -1)
redis.call('HSET', jobKey(key), 'parkedQueue', queue, 'parkedList', list)
redis.call('PEXPIRE', jobKey(key), JOB_KEPT_MS)
redis.call('ZADD', parkedKey(queue), string.format('%.0f', NOW + ${LOOK_AT_CHILDREN_MS}), key)
write(key, ARGV[3], 4)
redis.call('SET', receipt, 'await-children', 'PX', ARGV[2])
if redis.call('ZCARD', pendingKey(key)) == 0 then wake(key) end
return 1
`,
);

/** KEYS hash · ARGV how many to pass over, how many to list, field … Answers `{name, '1' if there, value or false …}` for each. */
export const LIST_CHILDREN = defineScript(
  'list-children',
  `
local first, found = tonumber(ARGV[1]), {}
for _, key in ipairs(redis.call('ZRANGE', childrenKey(KEYS[1]), first, first + tonumber(ARGV[2]) - 1)) do
  local child = isHash(key) and redis.call('HMGET', key, unpack(ARGV, 3)) or {}
  table.insert(child, 1, isHash(key) and '1' or '')
  table.insert(child, 1, key)
  found[#found + 1] = child
end
return found
`,
);
