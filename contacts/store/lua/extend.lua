-- extend: Keep. More time for a reserved contact, at most 10 times.
-- KEYS  agent record · stored reply
-- ARGV  1–5 as in begin · 6 named id ('' for the held one) · 7 step ms
-- Reply ok id deadline | contact_not_found | already_dialled | limit | request_id_reused | stale_session
-- use: time, int, num, remember, begin, holding
local agent, epoch, fingerprint, keep, node, named, step = unpack(ARGV)
local r, a = begin()
if r then return r end
local c = holding(a)
if not c or named ~= '' and named ~= a.cid then return remember({'contact_not_found'}) end
if c.st == 'D' then return remember({'already_dialled'}) end
-- How often counts for this reservation alone: n;rid.
local n, rid = string.match(c.ex, '^(%d+);(.*)$')
if rid ~= a.rid then n = 0 end
if num(n) >= 10 then return remember({'limit'}) end
local deadline = int(num(c.dl) + num(step))
call('HSET', P .. 'c:' .. a.cid, 'dl', deadline, 'ex', int(n + 1) .. ';' .. a.rid)
call('ZADD', P .. 'lease', deadline, a.cid)
return remember({'ok', a.cid, int(deadline - AGE + NOW)})
