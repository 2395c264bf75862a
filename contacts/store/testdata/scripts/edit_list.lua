local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/int.lua
local function int(n) return string.format('%d', n) end
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
-- lib/editBits.lua
local function editBits(was, bits, on)
  local all, changed = {}, 0
  if #was == 1250 then
    all = {string.byte(was, 1, 1250)}
  else
    for i = 1, 1250 do all[i] = 0 end
  end
  local function put(bit, to)
    local k, mask = math.floor(bit / 8) + 1, 2 ^ (bit % 8)
    if (math.floor(all[k] / mask) % 2 == 1) ~= to then
      all[k] = all[k] + (to and mask or -mask)
      changed = changed + 1
    end
  end
  local function each(packed, to)
    if #packed ~= 1250 then
      for i = 1, #packed, 2 do
        local p, q = string.byte(packed, i, i + 1)
        put(p * 256 + q, to)
      end
      return
    end
    for k = 1, 1250 do
      local byte = string.byte(packed, k)
      local bit = 8 * (k - 1)
      while byte > 0 do
        if byte % 2 == 1 then put(bit, to) end
        byte, bit = math.floor(byte / 2), bit + 1
      end
    end
  end
  if #was ~= 1250 then each(was, true) end
  changed = 0
  each(bits, on)
  local size = #was + 2 * (on and changed or -changed)
  if #was == 1250 or size >= 1250 then return string.char(unpack(all)), changed end
  local packed = {}
  for k = 1, 1250 do
    local byte, bit = all[k], 8 * (k - 1)
    while byte > 0 do
      if byte % 2 == 1 then packed[#packed + 1] = string.char(math.floor(bit / 256), bit % 256) end
      byte, bit = math.floor(byte / 2), bit + 1
    end
  end
  return table.concat(packed), changed
end
-- lib/splitList.lua
local function splitList(all, id)
  local others, bits, next, number = '', '', 1, num(id)
  while next < #all do
    local a, b, x, y = string.byte(all, next, next + 3)
    local till = next + 3 + x * 256 + y
    if a * 256 + b == number then
      bits = string.sub(all, next + 4, till)
    else
      others = others .. string.sub(all, next, till)
    end
    next = till + 1
  end
  return others, bits
end
local function one() -- edit_list.lua
  local id, op = unpack(ARGV, 1, 2)
  local layer = call('HGET', KEYS[2], id)
  if not layer or layer == 'dead' then return {'superseded'} end
  local changed = 0
  for i = 3, #ARGV, 3 do
    local bucket, n, bits = ARGV[i], num(ARGV[i + 1]), ARGV[i + 2]
    local others, was = splitList(call('HGET', KEYS[1], bucket) or '', id)
    local is = was
    if was == '' and op == '+' then
      is, changed = bits, changed + n
    elseif was ~= '' then
      local diff
      is, diff = editBits(was, bits, op == '+')
      changed = changed + diff
    end
    if is ~= was then
      local section = ''
      if is ~= '' then
        local number = num(id)
        section = string.char(math.floor(number / 256), number % 256, math.floor(#is / 256), #is % 256) .. is
      end
      if others .. section == '' then
        call('HDEL', KEYS[1], bucket)
      else
        call('HSET', KEYS[1], bucket, others .. section)
      end
    end
  end
  call('HINCRBY', KEYS[2], 'n' .. id, int(op == '+' and changed or -changed))
  return {'ok', int(changed)}
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
