-- block: one number on the do-not-call list; its contacts close in every campaign.
-- KEYS  dnc · ''
-- ARGV  1 number's token · 2 number (sealed) · 3 actor · 4 node
-- Reply ok | known
if call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
  call('HSET', KEYS[1], ARGV[1], ARGV[2]) -- for a WAIT that was short
  return {'known'}
end
block(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
return {'ok'}
