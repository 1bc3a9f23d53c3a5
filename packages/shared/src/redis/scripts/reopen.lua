-- reopen (launcher, operators): forgets failures and back-off; with a backlog and nobody there, a new launch.
-- KEYS 1 {u}:lease 2 {u}:inbox   answers {wake, generation}|{clean, ''}
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HDEL', KEYS[1], 'failures', 'notBefore')
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'deadline')
if h[1] == 'launching' then return {'wake', h[2]} end
if h[1] == 'running' and tonumber(h[3]) >= now then return {'clean', ''} end
if redis.call('XLEN', KEYS[2]) == 0 then return {'clean', ''} end
local g = string.format('%.0f', math.max(tonumber(h[2] or 0) + 1, now))
redis.call('HSET', KEYS[1], 'state', 'launching', 'generation', g, 'owner', '', 'deadline', 0)
return {'wake', g}
