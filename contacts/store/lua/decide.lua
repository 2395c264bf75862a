-- decide: a supervisor's word on a contact in review.
-- KEYS  contact · stored reply
-- ARGV  1 id · 2 actor · 3–5 as in lib · 6 decision (reopen, close) · 7 note
-- Reply ok | not_found | not_in_review
local r = replay()
if r then return r end
local c = load(ARGV[1])
if not c then return remember({'not_found'}) end
if c.st ~= 'V' then return remember({'not_in_review'}) end
if ARGV[6] == 'reopen' then
  c.sc, c.sk = I(order(c.pr)), '0'
  if personal(c) then callback(ARGV[1], c, '', c.cb, '') end
  move(ARGV[1], c, 'A', c.sc, 'sc', c.sc, 'by', c.by ~= '' and '\n' or '', 'sk', '0', 'why', '', 'lh', '')
else
  move(ARGV[1], c, 'X', I(NOW), 'why', 'review')
end
event('review', '', ARGV[2], ARGV[1], c, ARGV[6], ARGV[7], ARGV[5])
return remember({'ok'})
