-- assign: reserve a contact for an agent from outside. An agent who is signed in is woken by the event; its lease starts
-- when it was shown.
-- KEYS  agent record · stored reply
-- ARGV  1 agent · 2 actor · 3–5 as in begin · 6 contact ('' for the campaign's next) · 7 campaign · 8 lease ms · 9 nonce ·
--       10 after this score ('' from the start)
-- Reply ok id | agent_busy id | not_found | taken why until rule ('' if nobody knows, or none does it) |
--       no_contacts | more score
-- use: time, int, num, loadContact, unpackHold, isPersonal, remember, replay, holding, barred, avoidsUntil, schedule
-- use: hold, endLease, candidates
local agent, actor, fingerprint, keep, node, id, campaign, lease, nonce, cut = unpack(ARGV)
local r = replay()
if r then return r end
local a = call('HMGET', KEYS[1], 'h', 'nd', 'gr', 'serves')
local has, rid = unpackHold(a[1])
if has and has ~= '' then
  if holding({cid = has, rid = rid}) then return remember({id == has and 'ok' or 'agent_busy', has}) end
  local c = loadContact(has)
  if c and c.rid == rid then endLease(has, c, node) end
end
-- Of who is not signed in nobody knows yet what it serves: it is asked again when the contact is shown.
local here = (a[2] or '') ~= '' and ((a[3] or '') == '' or num(a[3]) > AGE)
local function serving(cp) return not here or (a[4] or '') == '' or string.find(a[4], '\n' .. cp .. '\n', 1, true) end
local function give(one, c)
  if not c then return {'not_found'} end
  if c.st ~= 'A' then return {'taken', c.st, c.st == 'S' and c.dl or ''} end
  if not serving(c.cp) then return {'taken', 'not_served', ''} end
  if isPersonal(c) and c.pa ~= agent then return {'taken', 'personal', ''} end
  if not isPersonal(c) and avoidsUntil(agent, one, c) then return {'taken', 'avoided', ''} end
  local why, due, rule = barred(c)
  if due then schedule(one, c, due, why) end
  if why then return {'taken', why, due and not (why == 'blocked' and c.never) and int(due) or '', rule or ''} end
  local live = a[2] and a[2] ~= '' and a[3] == ''
  local given = hold(one, c, agent, nonce, lease, '', false, live and '1' or '', actor, node)
  return given and {'ok', one} or {'taken', 'phone_held', ''}
end
if id ~= '' then return remember(give(id, loadContact(id))) end
if not serving(campaign) then return remember({'taken', 'not_served', ''}) end
local passed, candidate, tries = cut, nil, 0
while tries < 32 do
  candidate = candidate or candidates('\n' .. campaign .. '\n', cut, agent)
  local one, c = candidate()
  if one == nil then return remember({'no_contacts'}) end
  if not one then return {'more', c} end
  r = give(one, c)
  if r[1] == 'ok' then return remember(r) end
  passed, tries = c.sc, tries + 1
  if c.st ~= 'A' then candidate, tries = nil, tries + 3 end -- the pool is no longer what it was
end
return {'more', passed}
