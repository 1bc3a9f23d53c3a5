-- sweep (launcher): repair by looking at the state; any number of replicas.
-- KEYS 1 {u}:lease 2 {u}:inbox 3 dirty   ARGV 1 user 2 the cause that was told ('' = none), as `generation cause`
-- answers {live|clean|wake|waits, ''|generation|until, ''|cause not yet told}
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'deadline', 'notBefore', 'cause')
local cause = h[5] or ''
if cause ~= '' and cause == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'cause')
  cause = ''
end
if h[1] == 'running' and tonumber(h[3]) >= now then return {'live', '', cause} end
if h[1] == 'launching' then return {'wake', h[2], cause} end
if redis.call('XLEN', KEYS[2]) == 0 then
  -- Nobody waits for anything, so nobody needs to be told why something ended.
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('HDEL', KEYS[1], 'cause')
  return {'clean', '', ''}
end
if tonumber(h[4] or 0) > now then return {'waits', h[4], cause} end
redis.call('HDEL', KEYS[1], '') -- changes nothing; where memory is full, see renew.lua
local g = string.format('%.0f', math.max(tonumber(h[2] or 0) + 1, now))
redis.call('HSET', KEYS[1], 'state', 'launching', 'generation', g, 'owner', '', 'deadline', 0)
return {'wake', g, cause}
