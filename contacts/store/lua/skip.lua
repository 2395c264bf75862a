-- skip: release the held contact on the agent's word; it goes back to its campaign behind its equals.
-- reads: st cp rid dl by l4 pt ty pr tc
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 named id · 7 named account ('' for none) · 8 reason · 9 note
-- Reply ok id | contact_not_found | already_dialled | unknown_reason | skip_disabled | note_missing | request_id_reused | stale_session
-- use: time, int, num, newScore, move, endHold, event, countDay, remember, begin, holding, skipTerms
-- use: policy
local agent, epoch, fingerprint, keep, node, named, account, reason, note = unpack(ARGV)
local r, a = begin()
if r then return r end
local id, c = a.cid, holding(a)
if not c or named ~= '' and named ~= id or account ~= '' and account ~= c.ac then
  local name = named ~= '' and named or account
  if name == '' then return remember({'contact_not_found'}) end
  -- use: blockLate
  return remember(blockLate(agent, name, 'skip', reason, note, node, function(cp)
    local _, is = skipTerms(cp, reason)
    if not is or not string.find(is, 'b', 1, true) then return 'contact_not_found' end
    if note == '' and string.find(is, 'n', 1, true) then return 'note_missing' end
  end))
end
if c.st == 'D' then return remember({'already_dialled'}) end
if named == '' and account == '' and (a.pu == '1' or MIN_HOLD > 0) then
  local least = a.pu == '1' and math.max(MIN_HOLD, 1000) or MIN_HOLD
  if AGE - math.max(num(a.dv), num(string.match(c.rid, '^%d+'))) < least then return remember({'contact_not_found'}) end
end
local own, is = skipTerms(c.cp, reason)
local delay, avoid, limit = SKIP_DELAY, SKIP_AVOID, SKIP_LIMIT
local blocks, off = is and string.find(is, 'b', 1, true), ''
if own then
  local d, w, l
  d, w, l, off = string.match(own, '^([^;]*);([^;]*);([^;]*)(.*)$')
  delay, avoid, limit = tonumber(d) or delay, tonumber(w) or avoid, tonumber(l) or limit
end
if not is then return remember({'unknown_reason'}) end
if off == ';off' and not blocks then return remember({'skip_disabled'}) end
if note == '' and string.find(is, 'n', 1, true) then return remember({'note_missing'}) end
c.ag = agent
if c.by == '' then
  c.by, c.sk = '\n' .. agent .. '\n', '1'
elseif not string.find(c.by, '\n' .. agent .. '\n', 1, true) then
  c.by, c.sk = c.by .. agent .. '\n', int(num(c.sk) + 1)
end
endHold(id, c, nil, 'td', countDay(a.td, 2))
if num(c.sk) >= limit then
  move(id, c, 'V', int(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', '', 'by', c.by, 'sk', c.sk, 'why', 'skip_limit')
else
  local due = int(NOW + delay)
  move(id, c, 'S', due, 'ag', '', 'rid', '', 'dl', due, 'lh', '', 'by', c.by, 'sk', c.sk, 'sc', int(newScore(c.pr)))
end
if c.ty ~= '2' or c.pa ~= agent then call('ZADD', P .. 'avoid:' .. agent, int(AGE + avoid), id) end
event('skip', agent, agent, id, c, reason, note, node)
if blocks then
  -- use: blockNumber
  blockNumber(c.pt, c.pn, agent, 'skip', reason, node)
end
return remember({'ok', id})
