-- outcome: what came of the call. Frees the agent; without an outcome id the contact waits in wrap-up for a disposition.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 account or id · 7 outcome id ('' for none) · 8 kind (outcome, skip_close) · 9 callback ms
--       ('' for none) · 10 its end ms · 11 personal ('1') · 12 note · 13 wrap-up ms ·
--       14 an id in no table closes ('1': a client that knows the vendor's alone)
-- Reply ok id | contact_not_found | already_dialled | past | too_far | expires ms | unknown_outcome | skip_disabled |
--       request_id_reused | stale_session
-- The last holder of a contact whose lease ran out may still tell; a later holder gets Released, but for one who has dialled
-- or may have. A client that cannot say that it dials says so with its outcome: then there are two events.
-- use: time, int, num, newScore, loadContact, maybeDialled, setCallback, move, endHold, event, countDay, countAttempt
-- use: remember, begin, tooOften, lastAttempt, tellAttempt, whyOver, letTell, findTellable, blockNumber, outcomeEffect
-- use: rememberCall, heldNumber, ofCalled, prefix
local agent, epoch, fingerprint, keep, node, account, result, kind, callback, till, personal, note, wrapup,
  lenient = unpack(ARGV)
local r, a = begin()
if r then return r end
local id, c = a.cid, a.cid ~= '' and loadContact(a.cid)
if not c or c.rid ~= a.rid or account ~= c.ac and account ~= id then id, c = findTellable(agent, account) end
if not c or kind == 'skip_close' and (c.ag ~= agent or num(c.dl) <= AGE) then
  -- use: blockLate
  return remember(blockLate(agent, account, kind, result, note, node, function(cp)
    return outcomeEffect(cp, result, callback) ~= 'block' and 'contact_not_found'
  end))
end
if kind == 'skip_close' and c.st == 'D' then return remember({'already_dialled'}) end
if callback ~= '' then
  local at = num(callback)
  if at <= NOW then return remember({'past'}) end
  if at > NOW + 63158400000 then return remember({'too_far'}) end -- two years: a slip of the pen
  if c.xp ~= '' and at >= num(c.xp) then return remember({'expires', c.xp}) end
end
local effect, delay = outcomeEffect(c.cp, result, callback, lenient)
if not effect then return remember({'unknown_outcome'}) end
if kind == 'skip_close' and effect ~= 'block' and string.find(call('HGET', P .. 'camp:' .. c.cp, 'skip') or '', ';off', 1, true) then
  return remember({'skip_disabled'})
end
if effect ~= 'block' and (kind == 'skip_close' or whyOver(c)) then effect = 'close' end
local mine, was = c.ag == agent, c.st
local lh = effect == 'wrapup' and letTell(agent, id, c) or ''
local function kept() return c.pt ~= '' and call('GET', P .. 'at:' .. c.pt) end
-- Was shown to a client that cannot say that it dials, and has not been counted since.
local function uncounted() return num(string.match(c.lg, '^%d+')) > lastAttempt(c, kept()) end
if mine or was ~= 'D' and was ~= 'X' and not maybeDialled(c) then
  local dials = kind == 'outcome' and was ~= 'D' and was ~= 'W' and (was ~= 'V' or c.why == 'maybe_dialled' and uncounted())
  if dials then
    ofCalled(agent, c, countAttempt, result)
  elseif kind == 'outcome' and result ~= '' then
    ofCalled(agent, c, tellAttempt, result)
  end
  if dials and mine and was == 'R' then event('dial', agent, agent, id, c, '', '', node) end
  if mine then
    endHold(id, c)
    local td = countDay(a.td, 3)
    call('HSET', KEYS[1], 'td', dials and countDay(td, 1) or td)
  elseif c.ag ~= '' then
    endHold(id, c, 'withdrawn')
    event('release', c.ag, agent, id, c, 'withdrawn', '', node)
  end
  local set = {'lh', lh, 'ag', '', 'rid', '', 'oc', result, 'at', c.at, 'tc', c.tc, 'why', '', 'dl', ''}
  if effect == 'wrapup' then
    set[16] = int(AGE + num(wrapup))
    move(id, c, 'W', set[16], unpack(set))
  elseif effect == 'close' or effect == 'block' then
    move(id, c, 'X', int(NOW), unpack(set))
  else
    local at = callback ~= '' and num(callback) or NOW + num(delay)
    local why, opens = tooOften(c, kept())
    local late = why and opens > at
    set[16] = int(late and opens or at)
    if late then set[14] = why end
    move(id, c, 'S', set[16], 'sc', int(newScore(c.pr)), 'nb', effect == 'callback' and int(at) or '', unpack(set))
    if late then call('ZADD', P .. why .. ':' .. c.cp, set[16], id) end
    if till == '' then till = int(at) end
    if effect == 'callback' then setCallback(id, c, personal == '1' and agent or '', int(at), till) end
  end
else
  -- Told once; what became of the contact meanwhile stays. Who cannot say that it dials, and had it taken away, says it now.
  if was == 'X' and uncounted() then
    ofCalled(agent, c, countAttempt, result)
  elseif was ~= 'D' and result ~= '' then
    ofCalled(agent, c, tellAttempt, result)
  end
  call('HSET', P .. 'c:' .. id, 'lh', lh, 'at', c.at, 'tc', c.tc)
end
if not mine then
  c.ag = ''
  if lh == '' then call('HDEL', P .. 'last:' .. agent, account) end
end
event(kind, agent, agent, id, c, result, note, node)
if lh == '' then rememberCall(agent, id, c) end
if effect == 'block' then
  local token, number = heldNumber(agent, c)
  blockNumber(token or c.pt, number or c.pn, agent, kind, result, node)
end
return remember({'ok', id})
