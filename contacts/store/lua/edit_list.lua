-- edit_list: numbers onto a do-not-call layer, or off it. Done again it changes nothing.
-- KEYS  lists · layers
-- ARGV  1 section's id · 2 '+' on, '-' off · 3… bucket, how many, which: in the form of a section, see lib/onList.lua
-- Reply ok changed | superseded
-- use: int, num, editBits, splitList
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
