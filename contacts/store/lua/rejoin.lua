-- rejoin: a live session tells a store that may have lost it (failover, or this node was taken for dead) that it lives.
-- KEYS  agent record · ''
-- ARGV  1 agent · 2 epoch · 3 node · 4 session
-- Reply ok | stale_session
local a = call('HMGET', KEYS[1], 'ep', 'h', 'gl', 'sid', 'nd')
local id, rid = grasp(a[2])
if num(a[1]) > num(ARGV[2]) or (a[1] == ARGV[2] and a[4] ~= ARGV[4]) then return {'stale_session'} end
if a[5] and a[5] ~= '' then call('SREM', P .. 'nag:' .. a[5], ARGV[1]) end
call('SADD', P .. 'nag:' .. ARGV[3], ARGV[1])
call('ZREM', P .. 'grace', ARGV[1])
call('HSET', KEYS[1], 'ep', ARGV[2], 'sid', ARGV[4], 'nd', ARGV[3], 'gr', '', 'gl', '')
local c = holding({cid = id, rid = rid})
if c and num(a[3]) > num(c.dl) then
  call('HSET', P .. 'c:' .. id, 'dl', a[3])
  call('ZADD', P .. 'lease', a[3], id)
end
return {'ok'}
