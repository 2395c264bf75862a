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
local function one() -- alert.lua
  local field, what, seq, actor, node, text, kind, agent, campaign, value, limit, n = unpack(ARGV)
  local v = {}
  for f in string.gmatch((call('HGET', KEYS[1], field) or '') .. '\31', '([^\31]*)\31') do v[#v + 1] = f end
  local function tell()
    local about = {cp = v[4], ag = '', l4 = '', ra = '', sk = '', tc = ''}
    event('alert', v[3], actor, '', about, v[2], text, node)
    return call('GET', 'ah:{default}:seq')
  end
  if what == 'raise' then
    -- A node that lags behind must not raise again what others have cleared since.
    if v[8] and (v[9] == '' or num(seq) <= num(v[10])) then return {'known'} end
    v = {'', kind, agent, campaign, value, limit, n, int(NOW), '', '', '', ''}
    v[1] = tell()
  else
    if not v[8] then return {'not_found'} end
    if v[1] ~= seq then return {what == 'ack' and 'not_found' or 'known'} end
    if what == 'forget' then
      if v[9] ~= '' then call('HDEL', KEYS[1], field) end
      return {'ok'}
    elseif what == 'clear' then
      if v[9] ~= '' then return {'known'} end
      v[9], v[10] = int(NOW), tell()
    else
      if v[11] ~= '' then return {'known'} end
      v[11], v[12] = actor, int(NOW)
      tell()
    end
  end
  call('HSET', KEYS[1], field, table.concat(v, '\31'))
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
