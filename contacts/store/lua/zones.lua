-- zones: the rows of all zones, replaced whole. Only a node with the newest release writes them; one with an older release is
-- told which there is, and what was written stays.
-- KEYS  tz · zones
-- ARGV  1 release · 2 node · 3… zone, row
-- Reply ok release | newer release
-- use: time, int, num
local release, node = unpack(ARGV, 1, 2)
-- Releases compare by year, then by how many letters they have, then by these: after 2026z comes 2026za.
local function rank(name)
  local n = num(string.sub(name, 1, 4)) * 10 + #name
  for i = 5, 8 do n = n * 32 + (string.byte(name, i) or 96) - 96 end
  return n
end
local there = call('HGET', KEYS[1], 'release') or ''
if rank(there) > rank(release) then return {'newer', there} end
call('DEL', KEYS[2])
for _, cp in ipairs(call('SMEMBERS', P .. 'camps')) do call('DEL', P .. 'open:' .. cp) end
for i = 3, #ARGV, 200 do call('HSET', KEYS[2], unpack(ARGV, i, math.min(i + 199, #ARGV))) end
call('HSET', KEYS[1], 'release', release, 'node', node, 'at', int(NOW))
return {'ok', release}
