local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/time.lua
local TIME = call('TIME')
local OWN = call('HMGET', 'ah:{default}:age', 'mark', 'lag', 'most')
local US = TIME[1] * 1000000 + TIME[2]
local NOW = (US - US % 1000) / 1000
if OWN[2] then
  local mark, own = OWN[1] * 1000, US + OWN[2] * 1000
  US = own > mark + 120000000 and math.max(US, mark) or math.max(own, mark)
end
local AGE = (US - US % 1000) / 1000
-- lib/int.lua
local function int(n) return string.format('%d', n) end
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
-- lib/rehead.lua
local function rehead(cp, left, first, mine, score)
  local head = mine and call('ZSCORE', 'ah:{default}:heads', cp)
  if head then
    if num(score) < num(head) then call('ZADD', 'ah:{default}:heads', score, cp) end
    return
  end
  if mine and call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then return end
  if first == nil then first = call('ZRANGE', 'ah:{default}:avail:' .. cp, '0', '0')[1] end
  if not first then return call('ZREM', 'ah:{default}:heads', cp) end
  local best = first == mine and score or call('HGET', 'ah:{default}:c:' .. first, 'sc') or call('ZSCORE', 'ah:{default}:avail:' .. cp, first)
  if left then return call('ZADD', 'ah:{default}:heads', 'XX', best, cp) end
  if call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then return call('ZREM', 'ah:{default}:heads', cp) end
  call('ZADD', 'ah:{default}:heads', best, cp)
end
-- lib/offerRules.lua
local RULES = {}
local function offerRules(cp)
  if RULES[cp] then return RULES[cp] end
  local packed = call('HGET', 'ah:{default}:camp:' .. cp, 'offer')
  if not packed then packed = ';;;3;;strictest;' end
  local v = {limits = {}}
  v.paused, v.from, v.till, v.max, v.tz, v.zones, v.week =
    string.match(packed, '^([^;]*);([^;]*);([^;]*);([^;]*);([^;]*);?([^;]*);?(.*)$')
  RULES[cp] = v
  return v
end
local function one() -- campaign.lua
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
  call('DEL', KEYS[1], 'ah:{default}:open:' .. campaign)
  call('HSET', KEYS[1], 'v', version, 'put', nonce, unpack(ARGV, 4))
  if hours() ~= before then call('ZADD', 'ah:{default}:rehour', int(US), campaign) end
  if group() ~= member then call('ZADD', 'ah:{default}:relist', int(US), campaign) end -- layers are for groups
  call('SADD', 'ah:{default}:camps', campaign)
  call('XADD', 'ah:{default}:ctl', '*', 'k', 'rules', 'c', campaign)
  rehead(campaign)
  return {'ok', version}
end
if #ALL == 3 then return one() end
local function located(e)
  if type(e) ~= 'table' then return e end
  for level = 3, 6 do
    local _, at = pcall(error, '', level)
    if at ~= '' then return e.err .. ' on ' .. at end
  end
  return e.err
end
local out, n, size = {}, 0, #GIVEN * 2 / (#ALL - 1)
for i = 1, (#ALL - 1) / 2 do
  take({ALL[2 * i - 1], ALL[2 * i]}, {unpack(GIVEN, (i - 1) * size + 1, i * size)})
  local done, r = xpcall(one, located)
  if not done then
    r = {'!', r}
    if string.find(r[2], '^READONLY') then return redis.error_reply(r[2]) end
  end
  out[n + 1] = #r
  for j = 1, #r do out[n + 1 + j] = r[j] end
  n = n + 1 + #r
end
return out
