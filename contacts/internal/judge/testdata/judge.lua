-- judge: what nextOpening says of a contact at many times: where it changes.
-- KEYS  '' · ''
-- ARGV  1 contact · 2 first ms · 3 last ms · 4 step ms
-- Reply at, ! and rule ('' open), when it may be called again or until when, …
-- use: time, int, num, loadContact, offerRules, nextOpening
local id, first, last, step = unpack(ARGV)
local c = loadContact(id)
local out, n, was = {}, 0, nil
for at = num(first), num(last), num(step) do
  NOW, c.rule, RULES[c.cp] = at, '', nil -- a run of its own: what it found out is forgotten
  local due = nextOpening(c, offerRules(c.cp))
  local rule, other = due and '!' .. c.rule or '', due and int(due) or c.cu
  if rule .. other ~= was then
    out[n + 1], out[n + 2], out[n + 3] = int(at), rule, other
    n, was = n + 3, rule .. other
  end
end
return out
