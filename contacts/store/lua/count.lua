-- count: what waits for the agent, and whether it holds one.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 campaigns the agent serves, each between line ends ('' for all)
-- Reply ok callbacks regular held(0|1) | request_id_reused | stale_session
-- use: int, remember, begin, holding
local agent, epoch, fingerprint, keep, node, serves = unpack(ARGV)
local r, a = begin()
if r then return r end
local regular, own = 0, call('ZCARD', P .. 'pcb:' .. agent)
if own > 0 and serves ~= '' then
  for _, id in ipairs(call('ZRANGE', P .. 'pcb:' .. agent, 0, 999)) do
    if not string.find(serves, '\n' .. call('HGET', P .. 'c:' .. id, 'cp') .. '\n', 1, true) then own = own - 1 end
  end
end
for _, cp in ipairs(call('ZRANGE', P .. 'heads', 0, -1)) do
  if serves == '' or string.find(serves, '\n' .. cp .. '\n', 1, true) then
    regular = regular + call('ZCARD', P .. 'avail:' .. cp)
  end
end
local held = holding(a) and '1' or '0'
return remember({'ok', int(own), int(regular), held})
