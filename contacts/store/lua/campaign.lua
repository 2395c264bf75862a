-- campaign: a campaign's rules, replaced whole. Paused leaves 'heads' at once: nothing of it is reserved or dialled. New
-- hours are asked of all that wait for the old ones, by the reaper: there may be a million.
-- KEYS  camp:<campaign> · ''
-- ARGV  1 campaign · 2 zone · 3 zone row · 4… field, value
-- Reply ok
-- use: time, int, rehead, offerRules
local campaign, zone, row = unpack(ARGV)
local function hours()
  local rules = offerRules(campaign)
  return (rules.from or '') .. ';' .. (rules.till or '') .. ';' .. (rules.tz or '')
end
local before = hours()
call('DEL', KEYS[1])
call('HSET', KEYS[1], unpack(ARGV, 4))
if hours() ~= before then call('ZADD', P .. 'rehour', int(US), campaign) end
if zone ~= '' then call('HSETNX', P .. 'zones', zone, row) end
call('SADD', P .. 'camps', campaign)
call('XADD', P .. 'ctl', '*', 'k', 'rules', 'c', campaign)
rehead(campaign)
return {'ok'}
