-- held: what the agent holds. Delivers what was reserved from outside: its lease starts now.
-- reads: st cp rid dl xp cb ty sk tc tz ac im
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in lib · 6 lease ms · 7 legacy · 8 campaigns the agent serves, each between line ends ('' for all)
-- Reply ok id rid …view | not_held released cause | request_id_reused | stale_session
local r, a = begin()
if r and r[1] ~= '=ok' then return r end
if r then a = {cid = r[2], rid = r[3], dv = '1'} end
local c = holding(a)
if c and a.dv == '' then
  -- seldom
  if withheld(a.cid, c, ARGV[1], ARGV[8], ARGV[5]) then c = nil end
end
if not c then
  local _, _, _, _, id, cause = grasp(call('HGET', KEYS[1], 'h'))
  return remember({'not_held', id or '', cause or ''})
end
if a.dv == '' then deliver(a, c, ARGV[6], ARGV[7]) end
local word = r and r[1] or remember({'ok', a.cid, a.rid})[1]
return {word, a.cid, a.rid, view(c)}
