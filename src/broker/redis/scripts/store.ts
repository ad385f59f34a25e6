import { defineScript } from './script.js';

/** KEYS queue, hash · ARGV field, value … An existing hash is left as it is, and not pushed again. */
export const ENQUEUE = defineScript(
  'enqueue',
  `
local kind = redis.call('TYPE', KEYS[2]).ok
if kind == 'hash' then return 0 end
if kind ~= 'none' then return redis.error_reply('WRONGTYPE the name of the job is taken by a ' .. kind) end
local fault = notAQueue(KEYS[1])
if fault then return fault end
for i = 1, #ARGV, 2000 do redis.call('HSET', KEYS[2], unpack(ARGV, i, math.min(i + 1999, #ARGV))) end
redis.call('LPUSH', KEYS[1], KEYS[2])
return 1
`,
);

/** KEYS hash · ARGV value, seconds. A key of another type is left alone: a cache may not break what it helps. */
export const WRITE_CACHE = defineScript(
  'write-cache',
  `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then return 0 end
redis.call('HSET', KEYS[1], 'metadata', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
`,
);

/**
 * KEYS hash. Answers `{attempts, queue, worker, remaining ms, note, deaths, '1' if set aside, children, field, value, …}`, empty
 * texts where unknown.
 */
export const INSPECT = defineScript(
  'inspect',
  `
if not isHash(KEYS[1]) then return false end
local job = redis.call('HMGET', jobKey(KEYS[1]), 'attempts', 'queue', 'worker', 'note', 'deaths')
local ends = job[2] and redis.call('ZSCORE', leasesKey(job[2]), KEYS[1])
local found = { job[1] or '', job[2] or '', job[3] or '', ends and string.format('%.0f', tonumber(ends) - NOW) or '',
  job[4] or '', job[5] or '', redis.call('ZSCORE', deadKey(), KEYS[1]) and '1' or '', countsOf(KEYS[1]) }
for _, text in ipairs(redis.call('HGETALL', KEYS[1])) do found[#found + 1] = text end
return found
`,
);

/** KEYS queue. Answers `{waiting, created_at of the oldest, now ms}`. */
export const QUEUE_STATE = defineScript(
  'queue-state',
  `
if not isKind(KEYS[1], 'list') then return { 0, '', string.format('%.0f', NOW) } end
local oldest = redis.call('LINDEX', KEYS[1], -1)
local created = oldest and isHash(oldest) and redis.call('HGET', oldest, 'created_at') or ''
return { redis.call('LLEN', KEYS[1]), created, string.format('%.0f', NOW) }
`,
);

/** ARGV cursor, pattern, number of keys per step. Answers `{cursor, name of a list, its length, …}`. */
export const SCAN_LISTS = defineScript(
  'scan-lists',
  `
local step = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
local found = { step[1] }
for _, key in ipairs(step[2]) do
  if redis.call('TYPE', key).ok == 'list' then
    found[#found + 1] = key
    found[#found + 1] = redis.call('LLEN', key)
  end
end
return found
`,
);
