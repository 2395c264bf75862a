-- bring: the rule pack that comes with a hub, for a store that never had it or has that of an earlier hub. What somebody put
-- stays, and what was taken away stays away.
-- KEYS  packs · nokey
-- ARGV  1 name · 2 text · 3 the text of an earlier hub that it replaces, '' for none
-- Reply ok | renewed | kept
local name, text, earlier = unpack(ARGV)
local there = call('HGET', KEYS[1], name)
if there and (there == '' or there ~= earlier or call('HEXISTS', KEYS[1], '=' .. name) == 1) then return {'kept'} end
call('HSET', KEYS[1], name, text)
return {there and 'renewed' or 'ok'}
