-- close_session: the agent signs out by itself.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin
-- Reply ok | stale_session
-- use: remember, begin, endSession
local agent, epoch, fingerprint, keep, node = unpack(ARGV)
local r = begin()
if r then return r end
endSession(agent, agent, 'sign_out', node)
call('HSET', KEYS[1], 'lc', 'signed_out')
return remember({'ok'})
