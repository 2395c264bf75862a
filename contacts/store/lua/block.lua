-- block: one number on the do-not-call list; its contacts close in every campaign.
-- KEYS  dnc · nokey
-- ARGV  1 number's token · 2 number (sealed) · 3 actor · 4 reason · 5 node
-- Reply ok | known
-- use: blockNumber
local token, number, actor, reason, node = unpack(ARGV)
local known = call('HGET', KEYS[1], token)
if known then
  call('HSET', KEYS[1], token, known) -- for a WAIT that was short
  return {'known'}
end
blockNumber(token, number, actor, 'list', reason, node)
return {'ok'}
