-- set_state: what the agent says it is doing, for presence.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 state
-- Reply ok | request_id_reused | stale_session
-- use: remember, begin
local agent, epoch, fingerprint, keep, node, state = unpack(ARGV)
local r = begin()
if r then return r end
call('HSET', KEYS[1], 'as', state)
return remember({'ok'})
