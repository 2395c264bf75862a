local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/int.lua
local function int(n) return string.format('%d', n) end
local function one() -- sweep_list.lua
  local dead = {}
  local function isDead(id)
    if dead[id] == nil then dead[id] = (call('HGET', KEYS[2], id) or 'dead') == 'dead' end
    return dead[id]
  end
  for i = 1, #ARGV do
    local all, kept, next = call('HGET', KEYS[1], ARGV[i]) or '', '', 1
    while next < #all do
      local a, b, x, y = string.byte(all, next, next + 3)
      local till = next + 3 + x * 256 + y
      if not isDead(int(a * 256 + b)) then kept = kept .. string.sub(all, next, till) end
      next = till + 1
    end
    if kept == '' then
      call('HDEL', KEYS[1], ARGV[i])
    elseif kept ~= all then
      call('HSET', KEYS[1], ARGV[i], kept)
    end
  end
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
