-- sweep_list: what is left of do-not-call layers that do not hold any more leaves these buckets.
-- KEYS  lists · layers
-- ARGV  1… bucket
-- Reply ok
-- use: int
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
