local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/int.lua
local function int(n) return string.format('%d', n) end
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
local function one() -- begin_list.lua
  local name = ARGV[1]
  local late = call('HGET', KEYS[1], '>' .. name)
  if late then call('HSET', KEYS[1], late, 'dead') end
  local id
  repeat
    id = int(num(call('HINCRBY', KEYS[1], '#', '1')) % 65536)
  until call('HEXISTS', KEYS[1], id) == 0
  call('HSET', KEYS[1], id, 'loading', '>' .. name, id)
  return {'ok', id}
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
