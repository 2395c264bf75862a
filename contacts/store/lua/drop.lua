-- drop: the socket is lost; the grace period begins.
-- KEYS  agent record · ''
-- ARGV  1 agent · 2 epoch · 3 grace ms · 4 why the socket ended
-- Reply ok | stale_session (a newer session exists, or this one already dropped: nothing to do)
local a = call('HMGET', KEYS[1], 'ep', 'gr', 'nd')
if a[1] ~= ARGV[2] or a[2] ~= '' or a[3] == '' then return {'stale_session'} end
adrift(ARGV[1], ARGV[4], num(ARGV[3]))
return {'ok'}
