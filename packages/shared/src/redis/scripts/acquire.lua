-- acquire (runner): from `launching` of this generation, or again what is already ours (its answer was lost).
-- KEYS 1 {u}:lease   ARGV 1 generation 2 owner 3 leaseMs   answers ok|stale|busy
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner')
if h[2] ~= ARGV[1] or h[1] == 'idle' then return 'stale' end
if h[1] == 'running' and h[3] ~= ARGV[2] then return 'busy' end
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HDEL', KEYS[1], '') -- changes nothing; where memory is full, see renew.lua
redis.call('HSET', KEYS[1], 'state', 'running', 'owner', ARGV[2], 'deadline', string.format('%.0f', now + ARGV[3]))
return 'ok'
