-- sign_out: a supervisor signs an agent out; tokens issued before now are worth nothing.
-- KEYS  agent record · stored reply
-- ARGV  1 agent · 2 actor · 3–5 as in begin
-- Reply ok
-- use: time, int, remember, replay, endSession
local agent, actor, fingerprint, keep, node = unpack(ARGV)
local r = replay()
if r then return r end
-- Before the event of what is given back: that wakes the session, which would find itself superseded.
call('XADD', P .. 'ctl', '*', 'k', 'revoke', 'a', agent, 's', '', 'c', '4503', 'r', int(NOW))
endSession(agent, actor, 'signed_out', node)
call('HSET', KEYS[1], 'rv', int(NOW), 'lc', 'signed_out_by_supervisor')
return remember({'ok'})
