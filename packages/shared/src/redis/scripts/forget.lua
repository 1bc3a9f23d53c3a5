-- forget (runner): fenced. What is kept of a person beside their inbox goes: dead letters, events, the trace.
-- KEYS 1 {u}:lease 2 {u}:dead 3 {u}:events 4 {u}:trace   ARGV 1 generation 2 owner   answers ok|lost
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner', 'deadline')
if h[1] ~= 'running' or h[2] ~= ARGV[1] or h[3] ~= ARGV[2] or tonumber(h[4]) < now then return 'lost' end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
return 'ok'
