-- remove-kept (launcher): take back one note, unless its thread was noted anew.
-- KEYS 1 kept
-- ARGV 1 thread 2 the note as it was read
-- answers 1 where it was removed, else 0
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
