-- enqueue (ingress, launcher): append one entry once; where nobody runs, start a launch.
-- KEYS 1 {u}:seen:<identity> 2 {u}:inbox 3 {u}:lease 4 dirty
-- ARGV 1 user 2 identity 3 prompt|control 4 payload 5 seenMs 6 maxBacklog
-- answers {queued|duplicate|full, ''|wake|waits, generation|until, entry id}
-- XADD stands before SET: where memory is full the first one fails and nothing is marked as seen.
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local verdict, id = 'queued', redis.call('GET', KEYS[1])
if id then verdict = 'duplicate'
elseif ARGV[3] == 'prompt' and redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[6]) then verdict, id = 'full', ''
else
  id = redis.call('XADD', KEYS[2], '*', 'i', ARGV[2], 'p', ARGV[4])
  redis.call('SET', KEYS[1], id, 'PX', ARGV[5])
end
local backlog = redis.call('XLEN', KEYS[2]) > 0
if backlog then redis.call('ZADD', KEYS[4], 'NX', now, ARGV[1]) end
local h = redis.call('HMGET', KEYS[3], 'state', 'generation', 'deadline', 'notBefore')
if h[1] == 'launching' then return {verdict, 'wake', h[2], id} end
if h[1] == 'running' and tonumber(h[3]) >= now then return {verdict, '', '', id} end
-- A duplicate or a refusal launches only for a backlog.
if not backlog then return {verdict, '', '', id} end
if tonumber(h[4] or 0) > now then return {verdict, 'waits', h[4], id} end
local g = string.format('%.0f', math.max(tonumber(h[2] or 0) + 1, now))
redis.call('HSET', KEYS[3], 'state', 'launching', 'generation', g, 'owner', '', 'deadline', 0)
return {verdict, 'wake', g, id}
