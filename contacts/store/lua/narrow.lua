-- narrow: the agent serves fewer campaigns from now on, its token was refreshed. What it has only reserved of another one
-- goes back.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 campaigns it serves, each between line ends ('' for all)
-- Reply ok | request_id_reused | stale_session
-- use: remember, begin, holding, takenOff
local agent, epoch, fingerprint, keep, node, serves = unpack(ARGV)
local r, a = begin()
if r then return r end
call('HSET', KEYS[1], 'serves', serves)
local c = holding(a)
if c then takenOff(a.cid, c, agent, serves, node) end
return remember({'ok'})
