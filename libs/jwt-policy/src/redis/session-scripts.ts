import { MOST_PREDECESSORS } from '../stores/predecessors.js';

// Every script has one key, so that it runs on a cluster as well.

/** The fields of a session in the order in which they are read. */
export const FIELDS = [
  'subject',
  'data',
  'family',
  'current',
  'openedAt',
  'usedAt',
  'idleEndsAt',
  'endsAt',
  'reused',
] as const;

// KEYS: the session. ARGV: until when it is kept, then fields and values.
export const ADD = `
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIREAT', KEYS[1], ARGV[1])`;

// KEYS: the index of a subject. ARGV: the id of a session, until when it may be kept, how many ids to look at.
export const ENLIST = `
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(last[2])))
return redis.call('ZRANDMEMBER', KEYS[1], ARGV[3])`;

// KEYS: the session. ARGV: as they are named in the first lines. Of a repeat it returns the predecessors, newest first.
export const ROTATE = `
local family, presented, next, sealed = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, grace, idleEndsAt, keptAfterEnd = ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local session = redis.call('HMGET', KEYS[1], 'family', 'reused', 'endsAt', 'idleEndsAt', 'current', 'predecessors', 'usedAt')
local endsAt, usedAt = session[3], session[7]
if session[1] ~= family then return {'unknown', ''} end
if session[2] then return {'reused', ''} end
if tonumber(at) >= tonumber(endsAt) or tonumber(at) >= tonumber(session[4]) then return {'expired', ''} end
local before, since = session[6] and cjson.decode(session[6]) or {}, tonumber(at) - grace
if session[5] == presented then
  if tonumber(idleEndsAt) > tonumber(endsAt) then idleEndsAt = endsAt end
  if tonumber(at) > tonumber(usedAt) then usedAt = at end
  local kept = {{hash = presented, sealed = sealed, replacedAt = usedAt}}
  for _, one in ipairs(before) do
    if #kept < ${MOST_PREDECESSORS} and tonumber(one.replacedAt) >= since then kept[#kept + 1] = one end
  end
  redis.call('HSET', KEYS[1], 'current', next, 'predecessors', cjson.encode(kept), 'usedAt', usedAt, 'idleEndsAt', idleEndsAt)
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(idleEndsAt) + keptAfterEnd))
  return {'rotated', ''}
end
for _, one in ipairs(before) do
  if one.hash == presented and tonumber(one.replacedAt) >= since then return {'repeated', session[6]} end
end
if tonumber(at) < tonumber(usedAt) then return {'unknown', ''} end
redis.call('HSET', KEYS[1], 'reused', '1')
return {'discovered', ''}`;
