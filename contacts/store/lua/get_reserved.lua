-- get_reserved: what the agent holds. Delivers what was reserved from outside: its lease starts now.
-- reads: st cp rid dl xp cb ty sk tc tz ac im wh
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 lease ms · 7 legacy, as in reserve · 8 campaigns the agent serves, each between line ends ('' for all)
-- Reply ok id rid …shown | not_held released cause | request_id_reused | stale_session
-- use: unpackHold, remember, begin, holding, takenOff, deliver, shownFields
local agent, epoch, fingerprint, keep, node, lease, legacy, serves = unpack(ARGV)
local r, a = begin()
if r and r[1] ~= '=ok' then return r end
if r then a = {cid = r[2], rid = r[3], dv = '1'} end
local c = holding(a)
if c and a.dv == '' then
  -- use: withheld
  if withheld(a.cid, c, agent, serves, node) then c = nil end
end
if c and takenOff(a.cid, c, agent, serves, node) then c = nil end
if c and a.dv ~= '' and legacy ~= '' then
  -- use: notAgain
  if notAgain(a.cid, c, node) then c = nil end
end
if not c then
  local _, _, _, _, id, cause = unpackHold(call('HGET', KEYS[1], 'h'))
  return remember({'not_held', id or '', cause or ''})
end
if a.dv == '' then deliver(a, c, lease, legacy) end
local word = r and r[1] or remember({'ok', a.cid, a.rid})[1]
return {word, a.cid, a.rid, shownFields(c)}
