import { defineScript } from './script.js';

/**
 * KEYS queue, processing list · ARGV token, lease ms, worker name, worker id, queue name, '1' if the call is repeated
 *
 * Answers nothing if the queue is empty, `{}` if it had to stop among entries that are no jobs (call again), else
 * `{name, attempt, deaths, leftovers, children, fields…}`. A repeated call first looks whether the earlier one took a job for this token.
 *
 * An entry whose job another worker holds under a live lease was put back by somebody who took that worker for
 * dead (the janitor, say); it goes back to its holder's list, and the job is not done twice.
 */
export const CLAIM = defineScript(
  'claim',
  `
local MOST_DROPPED = 500 -- bounds the time for which the server is busy
local queue, list, token, worker = KEYS[1], KEYS[2], ARGV[1], ARGV[3]

local function answer(key)
  local job = redis.call('HMGET', jobKey(key), 'attempts', 'deaths', 'uploads')
  local found = { key, tonumber(job[1]), job[2] or '', job[3] or '', countsOf(key) }
  for _, text in ipairs(redis.call('HGETALL', key)) do found[#found + 1] = text end
  return found
end

local function isText(key) -- UTF-8
  local rest = key:gsub('[%z\\1-\\127]+', '')
  while #rest > 0 do
    local _, last = rest:find('^[\\194-\\223][\\128-\\191]')
    if not last then _, last = rest:find('^[\\224-\\239][\\128-\\191][\\128-\\191]') end
    if not last then _, last = rest:find('^[\\240-\\244][\\128-\\191][\\128-\\191][\\128-\\191]') end
    if not last then return false end
    rest = rest:sub(last + 1)
  end
  return true
end

-- A job whose name cannot travel as text can never be worked on. It ends with a reason all the same.
local function refuse(key)
  if not isOpen(key) then return end
  local now = stamp(TIME)
  redis.call('HSET', key, 'status', 'failed', 'reason', 'InvalidJobError: the name of the job is not UTF-8 text',
    'finished_at', now, 'updated_at', now, 'updated_by', worker)
end

local fault = notAQueue(queue) or notAQueue(list)
if fault then return fault end

if ARGV[6] == '1' then
  for _, key in ipairs(redis.call('LRANGE', list, 0, -1)) do
    if claimOf(key) == token then return answer(key) end
  end
end

admit()
for _ = 1, MOST_DROPPED do
  local key = redis.call('RPOPLPUSH', queue, list)
  if not key then return false end
  -- Keys of ours, and lists, are no jobs, whoever put their names here.
  local holder, heldQueue, heldList
  local isOurs = key:sub(1, 6) == 'kiosk:' or key:sub(1, 11) == 'processing-'
  if not isOurs then holder, heldQueue, heldList = claimOf(key) end
  if isOurs then
    redis.call('LREM', list, 1, key)
  elseif not isText(key) then
    redis.call('LREM', list, 1, key)
    refuse(key)
  elseif not isOpen(key) then
    redis.call('LREM', list, 1, key)
    forget(key, heldQueue, heldList)
  elseif holder and hasLease(key, heldQueue) then
    redis.call('LREM', list, 1, key)
    takeOff(heldList, key)
    if not notAQueue(heldList) then redis.call('LPUSH', heldList, key) end
  else
    if holder then
      recordDeath(key)
      release(key, heldQueue, heldList)
      if heldList == list then redis.call('LPUSH', list, key) end
    end
    local parkedList = redis.call('HGET', jobKey(key), 'parkedList')
    if parkedList then
      unpark(key)
      if parkedList == list then redis.call('LPUSH', list, key) end
    end
    redis.call('HINCRBY', jobKey(key), 'attempts', 1)
    redis.call('HSET', jobKey(key), 'token', token, 'queue', ARGV[5], 'list', list, 'worker', worker, 'id', ARGV[4])
    redis.call('PEXPIRE', jobKey(key), JOB_KEPT_MS)
    setLease(ARGV[5], key, ARGV[2])
    write(key, worker, #ARGV + 1)
    return answer(key)
  end
end
return {}
`,
);
