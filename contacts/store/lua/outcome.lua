-- outcome: what came of the call. Frees the agent; without an outcome id the contact waits in wrap-up for a disposition.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in lib · 6 account or id · 7 outcome id ('' for none) · 8 kind (outcome, skip_close) · 9 callback ms
--       ('' for none) · 10 its end ms · 11 personal ('1') · 12 note · 13 wrap-up ms
-- Reply ok id | contact_not_found | already_dialled | past | request_id_reused | stale_session
-- The last holder of a contact whose lease ran out may still tell; a later holder gets Released, but for one who has dialled
-- or may have: it keeps the contact. A client that cannot say
-- that it dials says so with its outcome: then there are two events.
local agent, node, kind = ARGV[1], ARGV[5], ARGV[8]
local r, a = begin()
if r then return r end
local id, c = a.cid, a.cid ~= '' and load(a.cid)
if not c or c.rid ~= a.rid or ARGV[6] ~= c.ac and ARGV[6] ~= id then id, c = told(agent, ARGV[6]) end
if not c or kind == 'skip_close' and (c.ag ~= agent or num(c.dl) <= NOW) then return remember({'contact_not_found'}) end
if kind == 'skip_close' and c.st == 'D' then return remember({'already_dialled'}) end
if ARGV[9] ~= '' and num(ARGV[9]) <= NOW then return remember({'past'}) end
-- Effect: the campaign's table over the default (OUTCOMES, from campaign.go); a callback time says more than an id.
local rule = call('HGET', P .. 'camp:' .. c.cp, 'o:' .. ARGV[7]) or OUTCOMES[ARGV[7]] or 'close;0'
local effect, delay = string.match(rule, '^(%a+);(%d+)$')
if ARGV[9] ~= '' then effect = 'callback' end
if ARGV[7] == '' and ARGV[9] == '' then effect = 'wrapup' end
if effect ~= 'block' and (kind == 'skip_close' or gone(c)) then effect = 'close' end

local mine, was = c.ag == agent, c.st
local lh = effect == 'wrapup' and tells(agent, id, c) or ''
if mine or was ~= 'D' and was ~= 'X' and not unsaid(c) then
  local dials = kind == 'outcome' and was ~= 'D' and was ~= 'W' and (was ~= 'V' or c.why == 'maybe_dialled')
  if dials then attempt(c) end
  if dials and mine and was == 'R' then event('dial', agent, agent, id, c, '', '', node) end
  if mine then
    unhold(id, c)
    local td = today(a.td, 3)
    call('HSET', KEYS[1], 'td', dials and today(td, 1) or td)
  elseif c.ag ~= '' then
    unhold(id, c, 'withdrawn')
    event('release', c.ag, agent, id, c, 'withdrawn', '', node)
  end
  local set = {'lh', lh, 'ag', '', 'rid', '', 'oc', ARGV[7], 'at', c.at, 'tc', c.tc, 'why', '', 'dl', ''}
  if effect == 'wrapup' then
    set[16] = I(NOW + num(ARGV[13]))
    move(id, c, 'W', set[16], unpack(set))
  elseif effect == 'close' or effect == 'block' then
    move(id, c, 'X', I(NOW), unpack(set))
  else
    local at = ARGV[9] ~= '' and num(ARGV[9]) or NOW + num(delay)
    set[16] = I(math.max(at, rested(c, call('HGET', P .. 'camp:' .. c.cp, 'max') or '3') or 0))
    move(id, c, 'S', set[16], 'sc', I(order(c.pr)), unpack(set))
    local till = ARGV[10] ~= '' and ARGV[10] or I(at)
    if effect == 'callback' then callback(id, c, ARGV[11] == '1' and agent or '', I(at), till) end
  end
else
  call('HSET', P .. 'c:' .. id, 'lh', lh) -- told once; what became of the contact meanwhile stays
end
if not mine then
  c.ag = ''
  if lh == '' then call('HDEL', P .. 'last:' .. agent, ARGV[6]) end
end
event(kind, agent, agent, id, c, ARGV[7], ARGV[12], node)
if effect == 'block' then block(c.pt, c.pn, agent, node) end
return remember({'ok', id})
