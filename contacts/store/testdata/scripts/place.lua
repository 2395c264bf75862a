local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/unplaced.lua
local function unplaced(tz, wh)
  if tz ~= '' or wh == '!' then return nil end
  local regions, zones = string.match(wh, '^([^;]*);([^;]*);')
  if not zones or zones == '' then return 'nowhere' end
  return string.find(zones, ',', 1, true) and string.find(regions, '?', 1, true) and 'country' or nil
end
-- lib/prefix.lua
local P = 'ah:{default}:'
local function one() -- place.lua
  local id, was, by, where, found = unpack(ARGV)
  local c = call('HMGET', KEYS[1], 'st', 'wh', 'tz', 'cp', 'pl')
  if not c[1] or c[1] == 'X' or (c[2] or '') ~= was or (c[5] or '') ~= by then return {'changed'} end
  local before, lost = unplaced(c[3] or '', was), unplaced(c[3] or '', where)
  if before and before ~= lost then call('SREM', P .. before .. ':' .. c[4], id) end
  if lost then call('SADD', P .. lost .. ':' .. c[4], id) end
  call('HSET', KEYS[1], 'wh', where, 'pl', found)
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
