-- campaign: a campaign's rules, replaced whole. Paused leaves 'heads' at once: nothing of it is reserved or dialled. New
-- hours are asked of all that wait for the old ones, by the reaper: there may be a million.
-- KEYS  camp:<campaign> · ''
-- ARGV  1 campaign · 2 zone · 3 zone row · 4… field, value
-- Reply ok
local function hours()
  local rules = offering(ARGV[1])
  return (rules.from or '') .. ';' .. (rules.till or '') .. ';' .. (rules.tz or '')
end
local before = hours()
call('DEL', KEYS[1])
call('HSET', KEYS[1], unpack(ARGV, 4))
if hours() ~= before then call('ZADD', P .. 'rehour', I(US), ARGV[1]) end
if ARGV[2] ~= '' then call('HSETNX', P .. 'zones', ARGV[2], ARGV[3]) end
call('SADD', P .. 'camps', ARGV[1])
rehead(ARGV[1])
return {'ok'}
