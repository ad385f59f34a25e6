import { DEATHS_KEPT } from '../../claim-rules.js';

/**
 * Functions that every script has. Keys of ours:
 *
 * - `kiosk:job:<hash>`        hash: attempts; deaths (JSON); uploads (JSON) that may have to be removed; while claimed also
 *                             token, queue, list, worker, id, note (JSON); of a job set aside also deadQueue; of a child also
 *                             parent; of a parent also done, failed, gone: its children that ended so; while it waits for them
 *                             also parkedQueue, parkedList
 * - `kiosk:children:<hash>`   sorted set: children of a job, in the order in which they were made
 * - `kiosk:pending:<hash>`    sorted set: those that have not ended, by the time at which somebody looked at them
 * - `kiosk:parked:<queue>`    sorted set: jobs that wait for children, by the time at which they are looked at next
 * - `kiosk:dead`              sorted set: jobs set aside, by the time (ms)
 * - `kiosk:leases:<queue>`    sorted set: hash names by the time at which their lease runs out (ms, the server's clock)
 * - `kiosk:ended:<token>`     how a claim ended, for a while
 * - `kiosk:silent:<queue>`    sorted set: entries of other programs without a readable `updated_at`, by first sight
 * - `kiosk:seen:<queue>`      when somebody looked last for leases that ran out
 * - `kiosk:sweep:<queue>`     somebody has just looked for jobs of other programs
 *
 * An error in the middle of a script leaves half a step behind, so types are looked at before the first write. A key of ours that
 * has another type than we give it is nobody's work: it goes. A queue that is no list is refused, since it may be somebody's.
 */
export const PRELUDE = `
local DEATHS_KEPT = ${DEATHS_KEPT}
local JOB_KEPT_MS = 604800000 -- a week; cleans up after jobs that another program finished

-- ISO 8601 in UTC with microseconds, by the civil calendar, from Redis' own clock.
local function stamp(time)
  local seconds, micros = tonumber(time[1]), tonumber(time[2])
  local rest = seconds % 86400
  local z = math.floor(seconds / 86400) + 719468
  local era = math.floor(z / 146097)
  local day = z - era * 146097
  local year = math.floor((day - math.floor(day / 1460) + math.floor(day / 36524) - math.floor(day / 146096)) / 365)
  local yday = day - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local mp = math.floor((5 * yday + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  year = year + era * 400
  if month <= 2 then year = year + 1 end
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00', year, month, yday - math.floor((153 * mp + 2) / 5) + 1,
    math.floor(rest / 3600), math.floor(rest % 3600 / 60), rest % 60, micros)
end

local TIME = redis.call('TIME')
local NOW = tonumber(TIME[1]) * 1000 + math.floor(tonumber(TIME[2]) / 1000)

-- Redis refuses writes above maxmemory until a script has written once. Consuming is what frees memory, so it goes on.
local function admit() redis.call('DEL', 'kiosk:none') end

local function isFinal(status) return status == 'done' or status == 'failed' end
local function isKind(key, kind) return redis.call('TYPE', key).ok == kind end
local function isHash(key) return isKind(key, 'hash') end

-- The name of a key of ours, which has the type that we give it, or is not there.
local looked = {}
local function own(key, kind)
  if not looked[key] and not isKind(key, kind) then redis.call('DEL', key) end
  looked[key] = true
  return key
end

local function jobKey(key) return own('kiosk:job:' .. key, 'hash') end
local function leasesKey(queue) return own('kiosk:leases:' .. queue, 'zset') end
local function endedKey(token) return own('kiosk:ended:' .. token, 'string') end
local function deadKey() return own('kiosk:dead', 'zset') end

-- Whether a queue cannot be one; to be asked before anything is written.
local function notAQueue(queue)
  local kind = redis.call('TYPE', queue).ok
  if kind == 'list' or kind == 'none' then return nil end
  return redis.error_reply('WRONGTYPE the queue ' .. queue .. ' is a ' .. kind)
end

-- Off a list. Answers whether it stood there.
local function takeOff(list, key)
  return list and isKind(list, 'list') and redis.call('LREM', list, 0, key) > 0
end

-- Whether there still is something to do: the hash is there and not final.
local function isOpen(key)
  return isHash(key) and not isFinal(redis.call('HGET', key, 'status'))
end

-- Writes pairs of ARGV from the position first on, and the stamps, in one HSET. Never makes a hash: ask isHash before.
local function write(key, worker, first)
  local pairs = { 'updated_at', stamp(TIME), 'updated_by', worker }
  for i = first, #ARGV, 2 do
    if ARGV[i] ~= 'updated_at' and ARGV[i] ~= 'updated_by' then
      pairs[#pairs + 1] = ARGV[i]
      pairs[#pairs + 1] = ARGV[i + 1]
    end
  end
  for i = 1, #pairs, 2000 do redis.call('HSET', key, unpack(pairs, i, math.min(i + 1999, #pairs))) end
end

local function setLease(queue, key, leaseMs)
  redis.call('ZADD', leasesKey(queue), string.format('%.0f', NOW + tonumber(leaseMs)), key)
end

local function childrenKey(key) return own('kiosk:children:' .. key, 'zset') end
local function pendingKey(key) return own('kiosk:pending:' .. key, 'zset') end
local function parkedKey(queue) return own('kiosk:parked:' .. queue, 'zset') end

-- The job does not wait for its children any more: off the list in which it stood. Answers its queue, nothing if it did not wait.
local function unpark(key)
  local job = redis.call('HMGET', jobKey(key), 'parkedQueue', 'parkedList')
  if not job[1] then return nil end
  redis.call('ZREM', parkedKey(job[1]), key)
  takeOff(job[2], key)
  redis.call('HDEL', jobKey(key), 'parkedQueue', 'parkedList')
  return job[1]
end

-- A job whose children have all ended goes to the front of its queue.
local function wake(key)
  local queue = redis.call('HGET', jobKey(key), 'parkedQueue')
  if not queue or notAQueue(queue) then return end
  unpark(key)
  takeOff(queue, key) -- the janitor may have moved it there
  redis.call('RPUSH', queue, key)
end

-- Counts a child that has ended (done, failed) or is gone for the job that waits for it, once.
local function countChild(parent, key, how)
  if redis.call('ZREM', pendingKey(parent), key) == 0 then return end
  redis.call('HINCRBY', jobKey(parent), how, 1)
  if redis.call('ZCARD', pendingKey(parent)) == 0 then wake(parent) end
end

local function dropChildren(key)
  redis.call('DEL', childrenKey(key), pendingKey(key))
  redis.call('HDEL', jobKey(key), 'done', 'failed', 'gone')
end

-- '<total> <done> <failed> <gone>', or an empty text if the job has no children.
local function countsOf(key)
  local total = redis.call('ZCARD', childrenKey(key))
  if total == 0 then return '' end
  local ended = redis.call('HMGET', jobKey(key), 'done', 'failed', 'gone')
  return string.format('%d %d %d %d', total, ended[1] or 0, ended[2] or 0, ended[3] or 0)
end

-- Out of its processing list, without lease; attempts, deaths and uploads stay.
local function release(key, queue, list)
  takeOff(list, key)
  if queue then redis.call('ZREM', leasesKey(queue), key) end
  redis.call('HDEL', jobKey(key), 'token', 'queue', 'list', 'worker', 'id', 'note')
end

-- From its processing list to the end of the queue (LPUSH) or its front (RPUSH). An entry that is not in that list any more was
-- moved by somebody else, most likely to the queue, where it must not stand twice. Ask notAQueue before.
local function putBack(key, queue, list, push)
  local moved = not takeOff(list, key)
  release(key, queue, list)
  if moved then takeOff(queue, key) end
  redis.call(push, queue, key)
end

-- Release, and nothing is kept of the job but what a retry needs of one that is set aside.
local function forget(key, queue, list)
  release(key, queue, list)
  unpark(key)
  dropChildren(key)
  if not redis.call('ZSCORE', deadKey(), key) then redis.call('DEL', jobKey(key)) end
end

-- Remembers that the lease of the claim ran out. Call before release.
local function recordDeath(key)
  local job = redis.call('HMGET', jobKey(key), 'deaths', 'worker', 'attempts', 'note')
  local known, deaths = pcall(cjson.decode, job[1] or '[]')
  if not known or type(deaths) ~= 'table' then deaths = {} end
  local death = { at = NOW, worker = job[2] or '', attempt = tonumber(job[3]) or 0 }
  local noted, note = pcall(cjson.decode, job[4] or '')
  if noted and type(note) == 'table' then death.note = note end
  deaths[#deaths + 1] = death
  while #deaths > DEATHS_KEPT do table.remove(deaths, 1) end
  redis.call('HSET', jobKey(key), 'deaths', cjson.encode(deaths))
end

-- Keeps what a worker says of its claim: a note, and objects that it may make; empty texts say nothing.
local function keepRecord(key, note, uploads)
  if note ~= '' then redis.call('HSET', jobKey(key), 'note', note) end
  if uploads ~= '' then redis.call('HSET', jobKey(key), 'uploads', uploads) end
end

-- The claim that holds a job: token, queue, list; all false if none does.
local function claimOf(key)
  local job = redis.call('HMGET', jobKey(key), 'token', 'queue', 'list')
  return job[1], job[2], job[3]
end

-- The queue and list of the claim with this token; nothing if the job is held by another, gone, or ended by somebody else.
local function held(key, token)
  local current, queue, list = claimOf(key)
  if current ~= token then return nil end
  if isOpen(key) then return queue, list end
  forget(key, queue, list)
  return nil
end

local function hasLease(key, queue)
  if not queue then return false end
  local ends = redis.call('ZSCORE', leasesKey(queue), key)
  return ends and tonumber(ends) > NOW
end
`;
