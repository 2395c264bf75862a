-- dial: a person pressed Dial. Checked once more, then the contact is dialled and counted as an attempt.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in lib · 6 named id ('' for the held one) · 7 lease ms
-- Reply ok id rid …view | contact_not_found | already_dialled | outside_hours opens | blocked | withdrawn |
--       request_id_reused | stale_session
local agent, node = ARGV[1], ARGV[5]
local r, a = begin()
if r and r[1] ~= '=ok' then return r end
if r then
  local id, rid = grasp(call('HGET', KEYS[1], 'h'))
  local c = id == r[2] and rid == r[3] and holding({cid = id, rid = rid})
  if not c then return {'=contact_not_found'} end
  return {r[1], id, rid, view(c)}
end
local id, c = a.cid, holding(a)
if not c or ARGV[6] ~= '' and ARGV[6] ~= id then return remember({'contact_not_found'}) end
if c.st == 'D' then return remember({'already_dialled'}) end
local rules = offering(c.cp)
if rules.paused == '1' then return remember({'paused'}) end
local over = gone(c)
if over then
  shut(id, c, 'hub', over, node)
  return remember({over == 'dnc' and 'blocked' or 'withdrawn'})
end
local due = opens(c, rules)
if due then return remember({'outside_hours', I(due)}) end
attempt(c)
c.dl = I(NOW + num(ARGV[7]))
move(id, c, 'D', c.dl, 'dl', c.dl, 'at', c.at, 'tc', c.tc)
call('HSET', KEYS[1], 'td', today(a.td, 1), 'h', grip(id, a.rid, a.dv ~= '' and a.dv or I(NOW), a.pu))
event('dial', agent, agent, id, c, '', '', node)
remember({'ok', id, a.rid})
return {'ok', id, a.rid, view(c)}
