-- place: where the person of a contact may be was found anew, see package places. A list that came meanwhile knows better.
-- KEYS  contact · nokey
-- ARGV  1 id · 2 whereabouts, and 3 what they were found by, as they were read · 4, 5 as they are now
-- Reply ok | changed
-- use: unplaced, prefix
local id, was, by, where, found = unpack(ARGV)
local c = call('HMGET', KEYS[1], 'st', 'wh', 'tz', 'cp', 'pl')
if not c[1] or c[1] == 'X' or (c[2] or '') ~= was or (c[5] or '') ~= by then return {'changed'} end
local before, lost = unplaced(c[3] or '', was), unplaced(c[3] or '', where)
if before and before ~= lost then call('SREM', P .. before .. ':' .. c[4], id) end
if lost then call('SADD', P .. lost .. ':' .. c[4], id) end
call('HSET', KEYS[1], 'wh', where, 'pl', found)
return {'ok'}
