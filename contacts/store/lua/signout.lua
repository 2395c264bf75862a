-- signout: a supervisor signs an agent out; tokens issued before now are worth nothing.
-- KEYS  agent record · stored reply
-- ARGV  1 agent · 2 actor · 3–5 as in lib
-- Reply ok
local r = replay()
if r then return r end
-- Before the event of what is given back: that wakes the session, which would find itself superseded.
call('XADD', P .. 'ctl', '*', 'k', 'revoke', 'a', ARGV[1], 's', '', 'c', '4503', 'r', I(NOW))
signedOut(ARGV[1], ARGV[2], 'signed_out', ARGV[5])
call('HSET', KEYS[1], 'rv', I(NOW), 'lc', 'signed_out_by_supervisor')
return remember({'ok'})
