-- Shown for the first time what was reserved from outside: its lease starts now.
-- use: time, int, num, packHold
local function deliver(a, c, lease, legacy)
  c.dl, c.lg = int(AGE + num(lease)), legacy == '1' and c.rid or ''
  call('HSET', P .. 'c:' .. a.cid, 'dl', c.dl, 'lg', c.lg)
  call('ZADD', P .. 'lease', c.dl, a.cid)
  call('HSET', KEYS[1], 'h', packHold(a.cid, c.rid, int(AGE), a.pu))
end
