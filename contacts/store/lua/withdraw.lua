-- withdraw: close a contact from any state; a holder is told.
-- KEYS  contact · ''
-- ARGV  1 id · 2 actor · 3 reason · 4 node
-- Reply ok | not_found
local c = load(ARGV[1])
if not c then return {'not_found'} end
if not shut(ARGV[1], c, ARGV[2], ARGV[3], ARGV[4]) then call('HSET', KEYS[1], 'st', 'X') end -- for a WAIT that was short
return {'ok'}
