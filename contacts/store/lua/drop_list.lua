-- drop_list: a load of a do-not-call layer broke off: what it has put in may be swept. If it holds already, nothing happens.
-- KEYS  layers · lists
-- ARGV  1 layer · 2 section's id
-- Reply ok
local name, id = unpack(ARGV)
if call('HGET', KEYS[1], '>' .. name) == id then
  call('HSET', KEYS[1], id, 'dead')
  call('HDEL', KEYS[1], '>' .. name)
end
return {'ok'}
