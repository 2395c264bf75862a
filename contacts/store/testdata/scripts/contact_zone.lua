local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/loadContact.lua
local LATER = {__index = function(c, field)
  local v = call('HGET', c.key, field) or ''
  c[field] = v
  return v
end}
local function loadContact(id)
  local key = 'ah:{default}:c:' .. id
  local v = call('HMGET', key, 'wh')
  if not v[1] then return nil end
  return setmetatable({key = key, wh = v[1] or ''}, LATER)
end
-- lib/unpackHold.lua
local function unpackHold(h)
  return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$')
end
-- lib/findTellable.lua
local function findTellable(agent, account)
  local id = call('HGET', 'ah:{default}:last:' .. agent, account)
  local c = id and loadContact(id)
  if not c or c.lh ~= agent then id, c = account, loadContact(account) end
  if c and c.lh == agent then return id, c end
end
local function one() -- contact_zone.lua
  local agent, account = unpack(ARGV)
  local id = unpackHold(call('HGET', KEYS[1], 'h'))
  local c = id and id ~= '' and loadContact(id)
  if not c or account ~= '' and account ~= c.ac and account ~= id then
    id, c = findTellable(agent, account)
  end
  if not c then return {'unknown'} end
  return {'ok', c.cp, c.tz, c.wh}
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
