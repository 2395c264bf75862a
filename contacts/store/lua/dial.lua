-- dial: a person pressed Dial. Checked once more, then the contact is dialled and counted as an attempt.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 named id ('' for the held one) · 7 lease ms · 8 campaigns the agent serves
-- Reply ok id rid …shown | contact_not_found | already_dialled | outside_hours opens rule | too_many_attempts opens rule |
--       too_soon opens rule | blocked [opens layer] | not_matchable | paused | withdrawn | request_id_reused | stale_session
-- use: time, int, num, unpackHold, packHold, move, event, countDay, countAttempt, remember, begin, holding, shownFields
-- use: nextOpening, offerRules, takenOff, whyOver, closeContact, tooOften
local agent, epoch, fingerprint, keep, node, named, lease, serves = unpack(ARGV)
local r, a = begin()
if r and r[1] ~= '=ok' then return r end
if r then
  local id, rid = unpackHold(call('HGET', KEYS[1], 'h'))
  local c = id == r[2] and rid == r[3] and holding({cid = id, rid = rid})
  if not c then return {'=contact_not_found'} end
  return {r[1], id, rid, shownFields(c)}
end
local id, c = a.cid, holding(a)
if not c or named ~= '' and named ~= id then return remember({'contact_not_found'}) end
if c.st == 'D' then return remember({'already_dialled'}) end
if takenOff(id, c, agent, serves, node) then return remember({'contact_not_found'}) end
local rules = offerRules(c.cp)
if rules.paused == '1' then return remember({'paused'}) end
local over = whyOver(c)
if over then
  closeContact(id, c, 'hub', over, node)
  return remember({over == 'dnc' and 'blocked' or 'withdrawn'})
end
if c.wh == '!' then return remember({'not_matchable'}) end
if c.bk ~= '' then
  -- use: onList
  local layer, till, never = onList(c)
  if layer then return remember({'blocked', never and '' or int(till), layer}) end
end
local due = nextOpening(c, rules)
if due then return remember({'outside_hours', rawget(c, 'never') and '' or int(due), c.rule}) end
local kept = c.pt ~= '' and call('GET', P .. 'at:' .. c.pt)
local often, opens, why = tooOften(c, kept)
if often then return remember({often, int(opens), why}) end
countAttempt(c, '', kept)
c.dl = int(AGE + num(lease))
move(id, c, 'D', c.dl, 'dl', c.dl, 'at', c.at, 'tc', c.tc)
call('HSET', KEYS[1], 'td', countDay(a.td, 1), 'h', packHold(id, a.rid, a.dv ~= '' and a.dv or int(AGE), a.pu))
event('dial', agent, agent, id, c, '', '', node)
remember({'ok', id, a.rid})
return {'ok', id, a.rid, shownFields(c)}
