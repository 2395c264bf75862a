-- reserve: the next contact for an agent.
-- reads: pt xp ty at tz ac cb im by l4 wh bk
-- KEYS  agent record · stored reply (nokey for none)
-- ARGV  1–5 as in begin · 6 lease ms · 7 legacy: '' for a client that says when it dials, else where a lost lease brings it, '1' to
--       review, '0' to the pool · 8 nonce · 9 after this score ('' from the start, 'p' and a score among the agent's own
--       callbacks) · 10 campaigns the agent serves, each between line ends ('' for all)
-- Reply ok id rid …shown | outcome_pending | no_contacts | gone | more score | request_id_reused | stale_session
-- use: loadContact, remember, begin, shownFields, barred, avoidsUntil, hold
local agent, epoch, fingerprint, keep, node, lease, legacy, nonce, cut, serves = unpack(ARGV)
local function serving(cp) return serves == '' or string.find(serves, '\n' .. cp .. '\n', 1, true) end
local r, a = begin()
if r then
  -- use: unpackHold, holding, takenOff
  if r[1] ~= '=ok' then return r end
  local id, rid = unpackHold(call('HGET', KEYS[1], 'h'))
  local c = id == r[2] and rid == r[3] and holding({cid = id, rid = rid})
  if not c or takenOff(id, c, agent, serves, node) then return {'=gone'} end
  if legacy ~= '' then
    -- use: notAgain
    if notAgain(id, c, node) then return {'=gone'} end
  end
  return {r[1], id, rid, shownFields(c)}
end
if a.cid ~= '' then
  -- use: holding, deliver, withheld, takenOff, endLease
  local c = holding(a)
  if c and c.st == 'D' then return remember({'outcome_pending'}) end
  local put = c and (a.dv == '' and withheld(a.cid, c, agent, serves, node) or takenOff(a.cid, c, agent, serves, node))
  if c and not put and a.dv ~= '' and legacy ~= '' then
    -- use: notAgain
    put = notAgain(a.cid, c, node)
  end
  if c and not put then
    if a.dv == '' then deliver(a, c, lease, legacy) end
    remember({'ok', a.cid, a.rid})
    return {'ok', a.cid, a.rid, shownFields(c)}
  end
  if not put then
    c = loadContact(a.cid)
    if c and c.rid == a.rid then endLease(a.cid, c, node) end
  end
end

-- The reply that gives a contact of the pool, nil if it cannot be given. One that can be later is scheduled.
local function give(id, c)
  if c.by == '' then c.sk = '0' end
  if c.at == '' then c.tc = '0' end
  local why, due = barred(c)
  if due then
    -- use: schedule
    schedule(id, c, due, why)
  end
  if why or not hold(id, c, agent, nonce, lease, legacy, true, '', agent, node) then return nil end
  remember({'ok', id, c.rid})
  return {'ok', id, c.rid, shownFields(c)}
end

local behind = cut == '' and '-inf' or string.match(cut, '^p(.*)')
if behind then -- the agent's own callbacks first
  local own = call('ZRANGEBYSCORE', P .. 'pcb:' .. agent, behind, '+inf', 'LIMIT', '0', '256')
  for i, id in ipairs(own) do
    local c = loadContact(id)
    if not c then
      -- use: lose
      lose('pcb:' .. agent, id, 'A')
    else
      r = serving(c.cp) and give(id, c)
      if r then return r end
    end
    if i == 256 then return {'more', 'p' .. (c and '(' .. c.sc or behind)} end
  end
  cut = ''
end
local passed, tries = cut, 0
while tries < 32 do
  local heads, look, id, c
  if cut == '' then
    heads = call('ZRANGE', P .. 'heads', '0', '1')
    local cp = heads[1]
    if not cp then return remember({'no_contacts'}) end
    if serving(cp) then -- nearly always it is the best of the first campaign
      local ids = call('ZRANGE', P .. 'avail:' .. cp, '0', '1')
      id, c = ids[1], loadContact(ids[1])
      if not c then
        -- use: lose, rehead
        lose('avail:' .. cp, id, 'A', cp)
        rehead(cp, true)
      else
        local free = avoidsUntil(agent, id, c)
        c.st, c.cp, c.after = 'A', cp, ids[2] or false
        if not free then
          r = give(id, c)
          if r then return r end
        end
        look = {cp = cp, base = '-inf', left = 0, ids = ids, more = #ids == 2, n = free and 0 or 1, size = 2, free = {free or nil},
          passed = 0, clean = free}
        if not free then look.id, look.c = id, c end
      end
    end
  end
  -- Whenever one was scheduled, the pools are no longer what they were.
  if not c or c.st == 'A' then
    -- use: candidates
    local candidate = candidates(serves, cut, agent, heads, look)
    repeat
      id, c = candidate()
      if id == nil then return remember({'no_contacts'}) end
      if not id then return {'more', c} end
      r = give(id, c)
      if r then return r end
      passed, tries = c.sc, tries + 1
    until c.st ~= 'A' or tries >= 32
  end
  tries = tries + 4 -- a stretch of those that have to wait
end
return {'more', passed}
