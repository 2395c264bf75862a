-- block: one number on the do-not-call list; its contacts close in every campaign.
-- KEYS  dnc · ''
-- ARGV  1 number's token · 2 number (sealed) · 3 actor · 4 node
-- Reply ok | known
-- use: blockNumber
local token, number, actor, node = unpack(ARGV)
if call('HEXISTS', KEYS[1], token) == 1 then
  call('HSET', KEYS[1], token, number) -- for a WAIT that was short
  return {'known'}
end
blockNumber(token, number, actor, node)
return {'ok'}
