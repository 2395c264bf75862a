-- begin_list: a do-not-call layer is loaded anew, beside the one that holds. Who began before and has not put it is late.
-- KEYS  layers · lists
-- ARGV  1 layer
-- Reply ok section's id
-- use: int, num
local name = ARGV[1]
local late = call('HGET', KEYS[1], '>' .. name)
if late then call('HSET', KEYS[1], late, 'dead') end
local id
repeat
  id = int(num(call('HINCRBY', KEYS[1], '#', '1')) % 65536)
until call('HEXISTS', KEYS[1], id) == 0
call('HSET', KEYS[1], id, 'loading', '>' .. name, id)
return {'ok', id}
