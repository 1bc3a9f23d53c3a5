-- end (launcher): a pod's end was seen. Fenced by generation and, once acquired, by owner.
-- KEYS 1 {u}:lease 2 {u}:inbox 3 {u}:tries
-- ARGV 1 generation 2 owner 3 counted|uncounted 4 cause ('' = nothing to tell) 5 backoffMs 6 backoffCapMs 7 circuitAfter 8 circuitMs
--   9 takeBacks
-- answers {ended, ''|wake|waits, generation|until, ''|open} | {stale, ''|wake, generation, ''}
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner')
if h[2] ~= ARGV[1] or not (h[1] == 'launching' or (h[1] == 'running' and h[3] == ARGV[2])) then
  if h[1] == 'launching' then return {'stale', 'wake', h[2], ''} end
  return {'stale', '', '', ''}
end
redis.call('HDEL', KEYS[1], '') -- changes nothing; where memory is full, see renew.lua
redis.call('HSET', KEYS[1], 'state', 'idle', 'owner', '', 'deadline', 0)
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'cause', ARGV[1] .. ' ' .. ARGV[4]) end
if ARGV[3] == 'counted' then
  local n = redis.call('HINCRBY', KEYS[1], 'failures', 1)
  local open = n >= tonumber(ARGV[7])
  local pause = open and tonumber(ARGV[8]) or math.min(tonumber(ARGV[6]), tonumber(ARGV[5]) * 2 ^ (n - 1))
  local at = string.format('%.0f', now + pause)
  redis.call('HSET', KEYS[1], 'notBefore', at)
  return {'ended', 'waits', at, open and 'open' or ''}
end
-- Not the runner's fault: nothing it had open counts as tried, unless that goes on and on.
local f = redis.call('HGETALL', KEYS[3])
for i = 1, #f, 2 do
  if f[i]:sub(1, 5) == 'open:' then
    redis.call('HDEL', KEYS[3], f[i])
    if f[i + 1] == ARGV[1] then
      local back = redis.call('HINCRBY', KEYS[3], 'back:' .. f[i]:sub(6), 1)
      if back <= tonumber(ARGV[9]) then redis.call('HINCRBY', KEYS[3], f[i]:sub(6), -1) end
    end
  end
end
if redis.call('XLEN', KEYS[2]) == 0 then return {'ended', '', '', ''} end
local g = string.format('%.0f', math.max(tonumber(h[2]) + 1, now))
redis.call('HSET', KEYS[1], 'state', 'launching', 'generation', g)
return {'ended', 'wake', g, ''}
