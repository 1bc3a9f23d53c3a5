-- begin (runner): fenced; counts one try of this very entry, once a generation, and marks it open.
-- KEYS 1 {u}:lease 2 {u}:inbox 3 {u}:tries   ARGV 1 generation 2 owner 3 id 4 identity
-- answers {try, n}|{gone}|{lost}. An id that now carries another identity (a failover gave it again) is gone.
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner', 'deadline')
if h[1] ~= 'running' or h[2] ~= ARGV[1] or h[3] ~= ARGV[2] or tonumber(h[4]) < now then return {'lost'} end
local e = redis.call('XRANGE', KEYS[2], ARGV[3], ARGV[3])
if not e[1] or e[1][2][2] ~= ARGV[4] then return {'gone'} end
if redis.call('HGET', KEYS[3], 'open:' .. ARGV[3]) == ARGV[1] then
  return {'try', tonumber(redis.call('HGET', KEYS[3], ARGV[3]))}
end
redis.call('HDEL', KEYS[1], '') -- changes nothing; where memory is full, see renew.lua
redis.call('HSET', KEYS[3], 'open:' .. ARGV[3], ARGV[1])
return {'try', redis.call('HINCRBY', KEYS[3], ARGV[3], 1)}
