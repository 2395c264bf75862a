-- unblock: one number off the do-not-call list, where it stands for its own word alone. What was closed stays closed.
-- KEYS  dnc · nokey
-- ARGV  1 number's token · 2 last four · 3 actor · 4 reason · 5 node
-- Reply ok | unknown
-- use: event
local token, lastFour, actor, reason, node = unpack(ARGV)
local entry = call('HGET', KEYS[1], token)
local layer = entry and (string.match(entry, '^[^\31]*\31([^\31]*)') or 'own')
if layer ~= 'own' then return {'unknown'} end
call('HDEL', KEYS[1], token)
event('unblock', '', actor, '', {cp = '', l4 = lastFour, ag = '', sk = '', tc = ''}, reason, '', node)
return {'ok'}
