-- beat: this node lives for one node lease more.
-- KEYS  nodes · nokey
-- ARGV  1 node · 2 lease ms
-- Reply ok | fenced (not known, or its lease was over: first beat, or others may take it for dead, some of its agents first)
-- use: time, int, num
local node, lease = unpack(ARGV)
local known = call('ZSCORE', KEYS[1], node)
call('ZADD', KEYS[1], int(AGE + num(lease)), node)
return {known and num(known) > AGE and 'ok' or 'fenced'}
