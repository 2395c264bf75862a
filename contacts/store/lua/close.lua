-- close: the agent signs out by itself.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in lib
-- Reply ok | stale_session
local r = begin()
if r then return r end
signedOut(ARGV[1], ARGV[1], 'sign_out', ARGV[5])
call('HSET', KEYS[1], 'lc', 'signed_out')
return remember({'ok'})
