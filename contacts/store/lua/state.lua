-- state: what the agent says it is doing, for presence.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in lib · 6 state
-- Reply ok | request_id_reused | stale_session
local r = begin()
if r then return r end
call('HSET', KEYS[1], 'as', ARGV[6])
return remember({'ok'})
