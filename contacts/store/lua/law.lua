-- law: the packed texts of all rule packs, replaced whole. Where the packs are others than before, all that wait for an hour
-- are asked anew, by the reaper: there may be a million.
-- KEYS  law · camps
-- ARGV  1 of which packs · 2 day · 3… region, text
-- Reply ok
-- use: time, int
local packs, day = unpack(ARGV, 1, 2)
local before = call('HGET', KEYS[1], '=packs') or ''
call('DEL', KEYS[1])
call('HSET', KEYS[1], '=packs', packs, '=day', day)
for i = 3, #ARGV, 200 do call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 199, #ARGV))) end
for _, cp in ipairs(call('SMEMBERS', KEYS[2])) do
  call('DEL', P .. 'open:' .. cp)
  if before ~= packs then call('ZADD', P .. 'rehour', int(US), cp) end
end
return {'ok'}
