-- put_list: a do-not-call layer as it was loaded holds from now on in place of the one before, or its terms are others, or it
-- is taken away. What waits because of a layer is asked anew, by the reaper: there may be a million.
-- KEYS  layers · camps
-- ARGV  1 layer · 2 section's id ('' to take it away) · 3 scope, see lib/onList.lua · 4 its record for people · 5 nonce
-- Reply ok numbers | superseded | not_found
-- use: time, int
local name, id, scope, record, nonce = unpack(ARGV)
local was = string.match(call('HGET', KEYS[1], '=' .. name) or '', '^%d+')
if id == '' and not was then return {call('HGET', KEYS[1], '-' .. name) == nonce and 'ok' or 'not_found', '0'} end
if id ~= '' and id ~= was and call('HGET', KEYS[1], '>' .. name) ~= id then return {'superseded'} end
if was and was ~= id then call('HSET', KEYS[1], was, 'dead') end
if id == '' then
  call('HDEL', KEYS[1], '=' .. name)
  call('HSET', KEYS[1], '-' .. name, nonce) -- asked again because its reply was lost, it gives the same
else
  call('HSET', KEYS[1], id, scope, '=' .. name, id .. '\31' .. record)
  if id ~= was then call('HDEL', KEYS[1], '>' .. name, '-' .. name) end
end
for _, cp in ipairs(call('SMEMBERS', KEYS[2])) do call('ZADD', P .. 'relist', int(US), cp) end
return {'ok', call('HGET', KEYS[1], 'n' .. id) or '0'}
