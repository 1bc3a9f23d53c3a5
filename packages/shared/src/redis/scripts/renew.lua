-- renew (runner): fenced; a new deadline. An acquire that a failover rolled back (same generation, launching) is adopted again.
-- KEYS 1 {u}:lease   ARGV 1 generation 2 owner 3 leaseMs   answers ok|lost
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner', 'deadline')
if h[2] ~= ARGV[1] then return 'lost' end
local ours = h[1] == 'running' and h[3] == ARGV[2] and tonumber(h[4]) >= now
if not ours and h[1] ~= 'launching' then return 'lost' end
-- Where memory is full Redis refuses what may need more, unless the script has written before: this write is never refused.
-- So a full memory refuses new messages alone, and the runners that could make room keep their leases.
redis.call('HDEL', KEYS[1], '')
redis.call('HSET', KEYS[1], 'state', 'running', 'owner', ARGV[2], 'deadline', string.format('%.0f', now + ARGV[3]))
return 'ok'
