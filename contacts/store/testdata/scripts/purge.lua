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
-- lib/loadContact.lua
local LATER = {__index = function(c, field)
  local v = call('HGET', c.key, field) or ''
  c[field] = v
  return v
end}
local function loadContact(id)
  local key = 'ah:{default}:c:' .. id
  local v = call('HMGET', key, 'st', 'cp', 'sc', 'ag', 'rid', 'dl', 'by', 'sk', 'at', 'l4', 'pt', 'xp', 'pa', 'ty', 'tz', 'lg', 'lh', 'cb', 'im', 'pr', 'ex', 'ac', 'tc', 'why', 'pn', 'wh', 'bk')
  if not v[1] then return nil end
  return setmetatable({key = key, st = v[1] or '', cp = v[2] or '', sc = v[3] or '', ag = v[4] or '', rid = v[5] or '', dl = v[6] or '', by = v[7] or '', sk = v[8] or '', at = v[9] or '', l4 = v[10] or '', pt = v[11] or '', xp = v[12] or '', pa = v[13] or '', ty = v[14] or '', tz = v[15] or '', lg = v[16] or '', lh = v[17] or '', cb = v[18] or '', im = v[19] or '', pr = v[20] or '', ex = v[21] or '', ac = v[22] or '', tc = v[23] or '', why = v[24] or '', pn = v[25] or '', wh = v[26] or '', bk = v[27] or ''}, LATER)
end
-- lib/prefix.lua
local P = 'ah:{default}:'
-- lib/eraseContact.lua
local function eraseContact(id, c, purge)
  local known, numbers = c.by, {c.pt}
  for _, agent in ipairs({c.lh, c.la}) do known = known .. '\n' .. agent .. '\n' end
  for agent, token in string.gmatch(c.pb, '([^\31]*)\31([^\31]*)\31[^\n]*\n') do
    known = known .. '\n' .. agent .. '\n'
    numbers[#numbers + 1] = token
  end
  for agent in string.gmatch(known, '[^\n]+') do
    call('ZREM', 'ah:{default}:avoid:' .. agent, id)
    for _, kind in ipairs({'last:', 'told:', 'past:'}) do
      if call('HGET', P .. kind .. agent, c.ac) == id then call('HDEL', P .. kind .. agent, c.ac) end
    end
  end
  if purge then numbers = {} end
  for _, token in ipairs(numbers) do
    local key = 'ah:{default}:at:' .. token
    local kept = token ~= '' and call('GET', key)
    if kept then
      local own = '(\n%d+\31[^\31\n]*\31)' .. string.gsub(id, '%W', '%%%0') .. '\31[^\n]*'
      local without = string.gsub(kept, own, '%1\31')
      if without ~= kept then call('SET', key, without, 'KEEPTTL') end
    end
  end
  call('ZREM', 'ah:{default}:closed:' .. c.cp, id)
  call('HINCRBY', 'ah:{default}:n:' .. c.cp, 'X-', '1')
  call('HDEL', 'ah:{default}:lost', id)
  call('DEL', 'ah:{default}:c:' .. id)
end
-- lib/lose.lua
local function lose(key, id, st, cp)
  if call('ZREM', P .. key, id) == 0 then return end
  if cp then
    call('HINCRBY', 'ah:{default}:n:' .. cp, st .. '-', '1')
    for _, why in ipairs({'nowhere:', 'country:'}) do call('SREM', P .. why .. cp, id) end
  end
  call('HSET', 'ah:{default}:lost', id, (cp and '' or st) .. ';' .. int(NOW))
  return true
end
local function one() -- purge.lua
  local ago, most, n = num(ARGV[1]), num(ARGV[2]), 0
  for _, cp in ipairs(call('SMEMBERS', 'ah:{default}:camps')) do
    if n < most then
      local ids = call('ZRANGEBYSCORE', 'ah:{default}:closed:' .. cp, '-inf', int(NOW - ago), 'LIMIT', '0', int(most - n))
      for _, id in ipairs(ids) do
        local c = loadContact(id)
        if c and c.st == 'X' and c.cp == cp then eraseContact(id, c, true) else lose('closed:' .. cp, id, 'X', cp) end
        n = n + 1
      end
    end
  end
  return {int(n)}
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
