-- beat: this node lives for one node lease more.
-- KEYS  nodes · ''
-- ARGV  1 node · 2 lease ms
-- Reply ok | fenced (it was not known: first beat, or it was taken for dead)
local known = call('ZSCORE', KEYS[1], ARGV[1])
call('ZADD', KEYS[1], I(NOW + num(ARGV[2])), ARGV[1])
return {known and 'ok' or 'fenced'}
