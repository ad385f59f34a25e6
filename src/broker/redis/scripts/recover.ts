import { LOOK_AT_CHILDREN_MS } from '../../claim-rules.js';
import { defineScript } from './script.js';

/**
 * KEYS queue · ARGV queue name, ms after which an outage is assumed if nobody asked, ms that leases then get ('' and '': never)
 *
 * Looks after jobs that wait for their children, and puts jobs back whose lease has run out, keeping their attempts. Answers how many, whether there may be more, and in how many
 * ms the next lease runs out (-1: there is none). The lease that ran out first comes to stand in front.
 */
export const RECOVER_LEASES = defineScript(
  'recover-leases',
  `
local MOST = 200 -- bounds the time for which the server is busy
local SEEN_KEPT_MS = 3600000
local queue, leases, count = ARGV[1], leasesKey(ARGV[1]), 0
local fault = notAQueue(KEYS[1])
if fault then return fault end
admit()

local function nextEnd()
  local first = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
  return first and math.max(0, tonumber(first) - NOW) or -1
end

-- Children that ended otherwise than by a worker of ours are found by looking at them, so many at a time, in turn.
local MOST_PARENTS, MOST_CHILDREN = 50, 2000
local function lookAtChildren(parent)
  for _, child in ipairs(redis.call('ZRANGE', pendingKey(parent), 0, MOST_CHILDREN - 1)) do
    if isOpen(child) then redis.call('ZADD', pendingKey(parent), 'XX', string.format('%.0f', NOW), child)
    else countChild(parent, child, isHash(child) and redis.call('HGET', child, 'status') or 'gone') end
  end
end

local function touch(parent)
  local total, done, failed, gone = countsOf(parent):match('(%d+) (%d+) (%d+) (%d+)')
  local progress = total and math.floor(100 * (done + failed + gone) / total + 0.5) or 100
  redis.call('HSET', parent, 'updated_at', stamp(TIME), 'progress', progress)
  for _, key in ipairs({ childrenKey(parent), pendingKey(parent), jobKey(parent) }) do
    redis.call('PEXPIRE', key, JOB_KEPT_MS)
  end
end

for _, parent in ipairs(redis.call('ZRANGEBYSCORE', parkedKey(queue), '-inf', string.format('%.0f', NOW), 'LIMIT', 0, MOST_PARENTS)) do
  if isOpen(parent) then
    redis.call('ZADD', parkedKey(queue), string.format('%.0f', NOW + ${LOOK_AT_CHILDREN_MS}), parent)
    lookAtChildren(parent)
    if redis.call('ZCARD', pendingKey(parent)) == 0 then wake(parent) end
    touch(parent)
  else
    forget(parent)
    redis.call('ZREM', parkedKey(queue), parent)
  end
end

if ARGV[2] ~= '' then
  local seenKey = own('kiosk:seen:' .. queue, 'string')
  local seen = tonumber(redis.call('GET', seenKey) or '')
  redis.call('SET', seenKey, string.format('%.0f', NOW), 'PX', SEEN_KEPT_MS)
  if not seen or NOW - seen > tonumber(ARGV[2]) then
    for _, key in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', string.format('%.0f', NOW))) do
      setLease(queue, key, ARGV[3])
    end
    return { 0, 0, nextEnd() }
  end
end

local keys = redis.call('ZREVRANGEBYSCORE', leases, string.format('%.0f', NOW), '-inf', 'LIMIT', 0, MOST)
for _, key in ipairs(keys) do
  local _, heldQueue, list = claimOf(key)
  if heldQueue and heldQueue ~= queue then
    redis.call('ZREM', leases, key)
  elseif not isOpen(key) then
    forget(key, queue, list)
  else
    recordDeath(key)
    putBack(key, KEYS[1], list, 'RPUSH')
    count = count + 1
  end
end
return { count, #keys == MOST and 1 or 0, nextEnd() }
`,
);

/**
 * KEYS processing list
 *
 * What is known of each entry that no worker of ours holds: `{now ms, {name, is there and open, updated_at}, …}`.
 */
export const LOOK_AT_LIST = defineScript(
  'look-at-list',
  `
local found = { string.format('%.0f', NOW) }
for _, key in ipairs(redis.call('LRANGE', KEYS[1], 0, 499)) do
  local _, queue = claimOf(key)
  if not hasLease(key, queue) then
    local open = isOpen(key)
    found[#found + 1] = { key, open and 1 or 0, open and redis.call('HGET', key, 'updated_at') or '' }
  end
end
return found
`,
);

/**
 * KEYS queue, processing list, hash · ARGV the updated_at that was seen
 *
 * Puts an entry of another program back, or drops it if there is nothing to do. Nothing happens if its program
 * has stirred since, or a worker of ours has it.
 */
export const ADOPT = defineScript(
  'adopt',
  `
local queue, list, key = KEYS[1], KEYS[2], KEYS[3]
local fault = notAQueue(queue)
if fault then return fault end
admit()
local _, heldQueue, heldList = claimOf(key)
if hasLease(key, heldQueue) then return 0 end
if not isOpen(key) then
  redis.call('LREM', list, 0, key)
  forget(key, heldQueue, heldList)
  return 0
end
if (redis.call('HGET', key, 'updated_at') or '') ~= ARGV[1] then return 0 end
if redis.call('LREM', list, 0, key) == 0 then return 0 end
release(key, heldQueue, heldList)
takeOff(queue, key) -- a worker of ours may have lost it meanwhile, and the entry been put back
redis.call('LPUSH', queue, key)
return 1
`,
);

/**
 * KEYS first-sight set · ARGV hash, ms after which first sights are forgotten
 *
 * For how many ms an entry without a readable `updated_at` has been seen.
 */
export const SILENT_FOR = defineScript(
  'silent-for',
  `
admit()
redis.call('ZADD', own(KEYS[1], 'zset'), 'NX', string.format('%.0f', NOW), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return NOW - tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
`,
);

/** KEYS mark · ARGV ms. Answers 1 for the first who asks in this time: it is its turn to look for jobs of other programs. */
export const TAKE_TURN = defineScript(
  'take-turn',
  `
admit()
return redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') and 1 or 0
`,
);
