-- bucket: where on a do-not-call layer the numbers of contacts stand, that were loaded before there was one.
-- KEYS  layers · lists
-- ARGV  1… contact, its number's token, bucket and bit
-- Reply ok
for i = 1, #ARGV, 3 do
  local id, token, place = unpack(ARGV, i, i + 2)
  local key = P .. 'c:' .. id
  if call('HGET', key, 'pt') == token then call('HSET', key, 'bk', place) end -- else a list has brought another number
end
return {'ok'}
