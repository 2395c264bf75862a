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
local function one() -- zones.lua
  local release, node = unpack(ARGV, 1, 2)
  local function rank(name)
    local n = num(string.sub(name, 1, 4)) * 10 + #name
    for i = 5, 8 do n = n * 32 + (string.byte(name, i) or 96) - 96 end
    return n
  end
  local there = call('HGET', KEYS[1], 'release') or ''
  if rank(there) > rank(release) then return {'newer', there} end
  call('DEL', KEYS[2])
  for _, cp in ipairs(call('SMEMBERS', 'ah:{default}:camps')) do call('DEL', 'ah:{default}:open:' .. cp) end
  for i = 3, #ARGV, 200 do call('HSET', KEYS[2], unpack(ARGV, i, math.min(i + 199, #ARGV))) end
  call('HSET', KEYS[1], 'release', release, 'node', node, 'at', int(NOW))
  return {'ok', release}
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
