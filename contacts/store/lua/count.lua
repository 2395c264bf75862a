-- count: what waits for the agent, and whether it holds one.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 campaigns the agent serves, each between line ends ('' for all) · 7 callbacks counted before ·
--       8 after this score ('' from the start)
-- Reply ok callbacks regular held(0|1) | more callbacks score | request_id_reused | stale_session
-- use: int, num, remember, begin, holding
local agent, epoch, fingerprint, keep, node, serves, counted, cut = unpack(ARGV)
local r, a = begin()
if r then return r end
local regular, own = 0, num(counted)
if serves == '' then
  own = call('ZCARD', P .. 'pcb:' .. agent)
else
  local base = cut == '' and '-inf' or '(' .. cut
  for i, id in ipairs(call('ZRANGEBYSCORE', P .. 'pcb:' .. agent, base, '+inf', 'LIMIT', '0', '256')) do
    local c = call('HMGET', P .. 'c:' .. id, 'cp', 'sc')
    if c[1] and string.find(serves, '\n' .. c[1] .. '\n', 1, true) then own = own + 1 end -- else its record is gone, see lose
    if i == 256 then return {'more', int(own), c[2] or call('ZSCORE', P .. 'pcb:' .. agent, id)} end
  end
end
for _, cp in ipairs(call('ZRANGE', P .. 'heads', 0, -1)) do
  if serves == '' or string.find(serves, '\n' .. cp .. '\n', 1, true) then
    regular = regular + call('ZCARD', P .. 'avail:' .. cp)
  end
end
local held = holding(a) and '1' or '0'
return remember({'ok', int(own), int(regular), held})
