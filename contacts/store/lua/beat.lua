-- beat: this node lives for one node lease more.
-- KEYS  nodes · ''
-- ARGV  1 node · 2 lease ms
-- Reply ok | fenced (not known, or its lease was over: first beat, or others may take it for dead, some of its agents first)
local known = call('ZSCORE', KEYS[1], ARGV[1])
call('ZADD', KEYS[1], I(NOW + num(ARGV[2])), ARGV[1])
return {known and num(known) > NOW and 'ok' or 'fenced'}
