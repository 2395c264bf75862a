-- campaign: a campaign's rules, replaced whole. Paused leaves 'heads' at once: nothing of it is reserved or dialled. New
-- hours are asked of all that wait for the old ones, by the reaper: there may be a million.
-- KEYS  camp:<campaign> · nokey
-- ARGV  1 campaign · 2 versions that may be replaced, each between line ends ('' for any) · 3 nonce · 4… field, value
-- Reply ok version | other_version version. Asked again because its reply was lost, it gives the same.
-- use: time, int, num, rehead, offerRules
local campaign, match, nonce = unpack(ARGV)
local was = call('HMGET', KEYS[1], 'v', 'put')
local version = was[1] or '0'
if was[2] == nonce then return {'ok', version} end
if match ~= '' and not string.find(match, '\n' .. version .. '\n', 1, true) then return {'other_version', version} end
version = int(num(version) + 1)
local function hours()
  RULES[campaign] = nil
  local rules = offerRules(campaign)
  return table.concat({rules.from, rules.till, rules.tz, rules.zones, rules.week}, ';')
end
local function group() return call('HGET', KEYS[1], 'group') or '' end
local before, member = hours(), group()
call('DEL', KEYS[1], P .. 'open:' .. campaign)
call('HSET', KEYS[1], 'v', version, 'put', nonce, unpack(ARGV, 4))
if hours() ~= before then call('ZADD', P .. 'rehour', int(US), campaign) end
if group() ~= member then call('ZADD', P .. 'relist', int(US), campaign) end -- layers are for groups
call('SADD', P .. 'camps', campaign)
call('XADD', P .. 'ctl', '*', 'k', 'rules', 'c', campaign)
rehead(campaign)
return {'ok', version}
