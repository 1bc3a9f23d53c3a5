-- release (runner): fenced. Empty inbox: idle, and its keys go. Else idle: nothing changes;
-- drain: this generation's open tries are taken back, of an entry only so often; next generation, launching.
-- KEYS 1 {u}:lease 2 {u}:inbox 3 {u}:tries   ARGV 1 generation 2 owner 3 idle|drain 4 takeBacks
-- answers {released}|{busy, n}|{handoff, generation}|{lost}
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner', 'deadline')
if h[1] ~= 'running' or h[2] ~= ARGV[1] or h[3] ~= ARGV[2] or tonumber(h[4]) < now then return {'lost'} end
redis.call('HDEL', KEYS[1], '') -- changes nothing; where memory is full, see renew.lua
local n = redis.call('XLEN', KEYS[2])
if n == 0 then
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[1], 'state', 'idle', 'owner', '', 'deadline', 0)
  return {'released'}
end
if ARGV[3] == 'idle' then return {'busy', n} end
local f = redis.call('HGETALL', KEYS[3])
for i = 1, #f, 2 do
  if f[i]:sub(1, 5) == 'open:' then
    redis.call('HDEL', KEYS[3], f[i])
    if f[i + 1] == ARGV[1] then
      local back = redis.call('HINCRBY', KEYS[3], 'back:' .. f[i]:sub(6), 1)
      if back <= tonumber(ARGV[4]) then redis.call('HINCRBY', KEYS[3], f[i]:sub(6), -1) end
    end
  end
end
local g = string.format('%.0f', math.max(tonumber(h[2]) + 1, now))
redis.call('HSET', KEYS[1], 'state', 'launching', 'generation', g, 'owner', '', 'deadline', 0)
return {'handoff', g}
