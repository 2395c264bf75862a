-- withdraw: close a contact from any state; a holder is told.
-- KEYS  contact · nokey
-- ARGV  1 id · 2 actor · 3 reason · 4 node
-- Reply ok | not_found
-- use: loadContact, closeContact
local id, actor, reason, node = unpack(ARGV)
local c = loadContact(id)
if not c then return {'not_found'} end
if not closeContact(id, c, actor, reason, node) then call('HSET', KEYS[1], 'st', 'X') end -- for a WAIT that was short
return {'ok'}
