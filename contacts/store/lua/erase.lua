-- erase: close a contact, and leave nothing that names it but its events. What may be dialled has to be finished first; and
-- for a day, or until its review is decided, who called may say that the person wants no calls.
-- KEYS  contact · nokey
-- ARGV  1 id · 2 actor · 3 node
-- Reply ok | not_found (a repetition, too) | dialled
-- use: time, loadContact, maybeDialled, lastAttempt, closeContact, event, eraseContact
local id, actor, node = unpack(ARGV)
local c = loadContact(id)
if not c then return {'not_found'} end
local busy = c.st == 'D' or c.st == 'W' or c.st == 'R' and maybeDialled(c) or c.st == 'V' and c.lh ~= ''
local kept = c.pt ~= '' and call('GET', P .. 'at:' .. c.pt) or nil
if busy or lastAttempt(c, kept) > NOW - 86400000 then return {'dialled'} end
if not closeContact(id, c, actor, 'erased', node) then
  c.ag = ''
  event('block', '', actor, id, c, 'erased', '', node)
end
eraseContact(id, c)
return {'ok'}
