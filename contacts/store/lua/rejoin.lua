-- rejoin: a live session tells a store that may have lost it (failover, or this node was taken for dead) that it lives.
-- KEYS  agent record · nokey
-- ARGV  1 agent · 2 epoch · 3 node · 4 session
-- Reply ok | stale_session
-- use: num, unpackHold, holding
local agent, epoch, node, session = unpack(ARGV)
local a = call('HMGET', KEYS[1], 'ep', 'h', 'gl', 'sid', 'nd')
local id, rid = unpackHold(a[2])
if num(a[1]) > num(epoch) or (a[1] == epoch and a[4] ~= session) then return {'stale_session'} end
if a[5] and a[5] ~= '' then call('SREM', P .. 'nag:' .. a[5], agent) end
call('SADD', P .. 'nag:' .. node, agent)
call('ZREM', P .. 'grace', agent)
call('HSET', KEYS[1], 'ep', epoch, 'sid', session, 'nd', node, 'gr', '', 'gl', '')
local c = holding({cid = id, rid = rid})
if c and num(a[3]) > num(c.dl) then
  call('HSET', P .. 'c:' .. id, 'dl', a[3])
  call('ZADD', P .. 'lease', a[3], id)
end
return {'ok'}
