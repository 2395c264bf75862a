-- erase: close a contact, and leave nothing that names it but its events. What may be dialled has to be finished first.
-- KEYS  contact · nokey
-- ARGV  1 id · 2 actor · 3 node
-- Reply ok | not_found (a repetition, too) | dialled
-- use: loadContact, maybeDialled, closeContact, event, eraseContact
local id, actor, node = unpack(ARGV)
local c = loadContact(id)
if not c then return {'not_found'} end
if c.st == 'D' or c.st == 'W' or c.st == 'R' and maybeDialled(c) then return {'dialled'} end
if not closeContact(id, c, actor, 'erased', node) then
  c.ag = ''
  event('block', '', actor, id, c, 'erased', '', node)
end
eraseContact(id, c)
return {'ok'}
