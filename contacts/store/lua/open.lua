-- open: make this the agent's only session. Asked again for the same session, it gives the same epoch and kicks nobody.
-- KEYS  agent record · ''
-- ARGV  1 agent · 2 session · 3 instance · 4 legacy ('1': what it is shown may be dialled) · 5 node · 6 ticket time ms · 7 token time ms · 8 lease ms ·
--       9 name · 10 campaigns it serves, each between line ends ('' for all) · 11 gets no Hello ('1')
-- Reply ok epoch day lastClose [id rid …view] | revoked | stale_ticket | takeover_limit
local a = call('HMGET', KEYS[1], 'ep', 'sid', 'in', 'nd', 'gr', 'is', 'rv', 'kw', 'kn', 'lc', 'td', 'h', 'gl')
for i = 1, 13 do a[i] = a[i] or '' end
local agent, live = ARGV[1], a[4] ~= '' and a[5] == ''
if a[7] ~= '' and num(ARGV[7]) < num(a[7]) then return {'revoked'} end
if live and num(ARGV[6]) < num(a[6]) then return {'stale_ticket'} end
local again = a[2] ~= '' and a[2] == ARGV[2]
local same = ARGV[3] ~= '' and ARGV[3] == a[3]
local window, kicks = num(a[8]), num(a[9])
if live and not same and not again then
  if NOW - window > 600000 then window, kicks = NOW, 0 end
  if kicks >= 6 then return {'takeover_limit'} end
  kicks = kicks + 1
end
local epoch = again and a[1] or I(math.max(num(a[1]) + 1, NOW))
local last = a[10]
if live and not again then
  last = same and 'moved' or 'superseded'
  call('XADD', P .. 'ctl', '*', 'k', 'kick', 'a', agent, 's', a[2], 'c', same and '1012' or '4501', 'r', last)
end
if a[4] ~= '' then call('SREM', P .. 'nag:' .. a[4], agent) end
call('SADD', P .. 'nag:' .. ARGV[5], agent)
local day = today(a[11])
call('HSET', KEYS[1], 'ep', epoch, 'h', a[12], 'td', day, 'sid', ARGV[2], 'in', ARGV[3], 'lg', ARGV[4], 'nd', ARGV[5], 'gr', '',
  'is', ARGV[6], 'kw', I(window), 'kn', I(kicks), 'lc', '', 'since', I(NOW), 'name', ARGV[9], 'gl', '', 'as', '', 'serves', ARGV[10])
call('ZREM', P .. 'grace', agent)
call('ZREMRANGEBYSCORE', P .. 'avoid:' .. agent, '-inf', I(NOW))
local id, rid, delivered = grasp(a[12])
local c = holding({cid = id, rid = rid})
-- A client that gets no Hello is shown what was reserved from outside when it asks.
if not c or delivered == '' and (ARGV[11] == '1' or withheld(id, c, agent, ARGV[10], ARGV[5])) then return {'ok', epoch, day, last} end
-- The lease starts at delivery, comes back after a lost socket, and is long where a client cannot say that it dials.
local deadline = num(c.dl)
if delivered == '' then deadline = NOW + num(ARGV[8]) end
deadline = math.max(deadline, num(a[13]))
if ARGV[4] == '1' and c.st == 'R' then
  deadline = math.max(deadline, NOW + num(ARGV[8]))
  call('HSET', P .. 'c:' .. id, 'lg', rid)
end
c.dl = I(deadline)
call('HSET', P .. 'c:' .. id, 'dl', c.dl)
call('ZADD', P .. 'lease', c.dl, id)
if delivered == '' then call('HSET', KEYS[1], 'h', grip(id, rid, I(NOW), '')) end
return {'ok', epoch, day, last, id, rid, view(c)}
