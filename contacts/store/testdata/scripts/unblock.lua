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
-- lib/event.lua
local function event(kind, agent, actor, id, c, reason, note, node)
  local seq, e = int(call('INCR', 'ah:{default}:seq')), kind .. '\31' .. agent .. '\31' .. actor .. '\31' ..
    c.cp .. '\31' .. id .. '\31' .. c.l4 .. '\31' .. reason .. '\31' .. note .. '\31' .. (c.ag ~= '' and c.rid or '') ..
    '\31' .. (c.sk ~= '' and c.sk or '0') .. '\31' .. node .. '\31' .. (c.tc ~= '' and c.tc or '0')
  if AGE == NOW then
    call('XADD', 'ah:{default}:ev', '*', 's', seq, 'e', e)
  else
    call('XADD', 'ah:{default}:ev', '*', 's', seq, 'e', e, 't', int(NOW) .. ';' .. int(AGE))
  end
end
local function one() -- unblock.lua
  local token, lastFour, actor, reason, node = unpack(ARGV)
  local entry = call('HGET', KEYS[1], token)
  local layer = entry and (string.match(entry, '^[^\31]*\31([^\31]*)') or 'own')
  if layer ~= 'own' then return {'unknown'} end
  call('HDEL', KEYS[1], token)
  event('unblock', '', actor, '', {cp = '', l4 = lastFour, ag = '', sk = '', tc = ''}, reason, '', node)
  return {'ok'}
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
