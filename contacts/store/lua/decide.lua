-- decide: a supervisor's word on a contact in review.
-- KEYS  contact · stored reply
-- ARGV  1 id · 2 actor · 3–5 as in begin · 6 decision (reopen, close) · 7 note
-- Reply ok | not_found | not_in_review
-- use: time, int, newScore, loadContact, isPersonal, setCallback, move, event, remember, replay
local id, actor, fingerprint, keep, node, decision, note = unpack(ARGV)
local r = replay()
if r then return r end
local c = loadContact(id)
if not c then return remember({'not_found'}) end
if c.st ~= 'V' then return remember({'not_in_review'}) end
if decision == 'reopen' then
  c.sc, c.sk = int(newScore(c.pr)), '0'
  if isPersonal(c) then setCallback(id, c, '', c.cb, '') end
  move(id, c, 'A', c.sc, 'sc', c.sc, 'by', c.by ~= '' and '\n' or '', 'sk', '0', 'why', '', 'lh', '')
else
  move(id, c, 'X', int(NOW), 'why', 'review')
end
event('review', '', actor, id, c, decision, note, node)
return remember({'ok'})
