-- drop: the socket is lost; the grace period begins.
-- KEYS  agent record · nokey
-- ARGV  1 agent · 2 epoch · 3 grace ms · 4 why the socket ended
-- Reply ok | stale_session (a newer session exists, or this one already dropped: nothing to do)
-- use: num, startGrace
local agent, epoch, grace, why = unpack(ARGV)
local a = call('HMGET', KEYS[1], 'ep', 'gr', 'nd')
if a[1] ~= epoch or a[2] ~= '' or a[3] == '' then return {'stale_session'} end
startGrace(agent, why, num(grace))
return {'ok'}
