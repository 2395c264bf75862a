-- A section's bits with others set, or not set any more, and how many are not as they were. Both are in the form of a
-- section; what once has all bits keeps that form.
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
