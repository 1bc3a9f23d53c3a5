-- acknowledge (runner): fenced; after the checkpoint and the reply. Deletes entries, forgets tries, failures, back-off.
-- KEYS 1 {u}:lease 2 {u}:inbox 3 {u}:tries 4 {u}:dead
-- ARGV 1 generation 2 owner 3 cause ('' = not dead) then pairs id, identity
-- answers ok|lost. An id that now carries another identity is left alone.
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('HMGET', KEYS[1], 'state', 'generation', 'owner', 'deadline')
if h[1] ~= 'running' or h[2] ~= ARGV[1] or h[3] ~= ARGV[2] or tonumber(h[4]) < now then return 'lost' end
-- First of the writes, as it is never refused: where memory is full, see renew.lua.
redis.call('HDEL', KEYS[1], 'failures', 'notBefore')
for i = 4, #ARGV, 2 do
  local e = redis.call('XRANGE', KEYS[2], ARGV[i], ARGV[i])
  if e[1] and e[1][2][2] == ARGV[i + 1] then
    if ARGV[3] ~= '' then
      redis.call('XADD', KEYS[4], 'MAXLEN', '~', 1000, '*', 'cause', ARGV[3], 'id', ARGV[i], unpack(e[1][2]))
    end
    redis.call('XDEL', KEYS[2], ARGV[i])
    redis.call('HDEL', KEYS[3], ARGV[i], 'open:' .. ARGV[i], 'back:' .. ARGV[i])
  end
end
return 'ok'
