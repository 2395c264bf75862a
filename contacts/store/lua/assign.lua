-- assign: reserve a contact for an agent from outside. An agent who is signed in is woken by the event; its lease starts
-- when it was shown.
-- KEYS  agent record · stored reply
-- ARGV  1 agent · 2 actor · 3–5 as in lib · 6 contact ('' for the campaign's next) · 7 campaign · 8 hold ms · 9 nonce ·
--       10 after this score ('' from the start)
-- Reply ok id | agent_busy id | not_found | taken why until ('' if nobody knows) | no_contacts | more score
local agent, id, node = ARGV[1], ARGV[6], ARGV[5]
local r = replay()
if r then return r end
local a = call('HMGET', KEYS[1], 'h', 'nd', 'gr', 'serves')
local has, rid = grasp(a[1])
if has and has ~= '' then
  if holding({cid = has, rid = rid}) then return remember({id == has and 'ok' or 'agent_busy', has}) end
  local c = load(has)
  if c and c.rid == rid then expire(has, c, node) end
end
-- Of who is not signed in nobody knows yet what it serves: it is asked again when the contact is shown.
local here = (a[2] or '') ~= '' and ((a[3] or '') == '' or num(a[3]) > NOW)
local function serving(cp) return not here or (a[4] or '') == '' or string.find(a[4], '\n' .. cp .. '\n', 1, true) end
local function give(one, c)
  if not c then return {'not_found'} end
  if c.st ~= 'A' then return {'taken', c.st, c.st == 'S' and c.dl or ''} end
  if not serving(c.cp) then return {'taken', 'not_served', ''} end
  if personal(c) and c.pa ~= agent then return {'taken', 'personal', ''} end
  if not personal(c) and avoids(agent, one, c) then return {'taken', 'avoided', ''} end
  local why, due = barred(c)
  if due then later(one, c, due, why) end
  if why then return {'taken', why, due and I(due) or ''} end
  local live = a[2] and a[2] ~= '' and a[3] == ''
  if not hold(one, c, agent, ARGV[9], ARGV[8], '', false, live and '1' or '', ARGV[2], node) then return {'taken', 'phone_held', ''} end
  return {'ok', one}
end
if id ~= '' then return remember(give(id, load(id))) end
if not serving(ARGV[7]) then return remember({'taken', 'not_served', ''}) end
local cut, candidate, tries = ARGV[10], nil, 0
while tries < 32 do
  candidate = candidate or pools('\n' .. ARGV[7] .. '\n', cut, agent)
  local one, c = candidate()
  if one == nil then return remember({'no_contacts'}) end
  if not one then return {'more', c} end
  r = give(one, c)
  if r[1] == 'ok' then return remember(r) end
  ARGV[10], tries = c.sc, tries + 1
  if c.st ~= 'A' then candidate, tries = nil, tries + 3 end -- the pool is no longer what the walk has seen
end
return {'more', ARGV[10]}
