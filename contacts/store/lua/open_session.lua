-- open_session: make this the agent's only session. Asked again for the same, it gives the same epoch and kicks nobody.
-- KEYS  agent record · nokey
-- ARGV  1 agent · 2 session · 3 instance · 4 legacy ('1': what it is shown may be dialled) · 5 node ·
--       6 ticket time ms (none: now) · 7 token time ms · 8 lease ms · 9 name · 10 campaigns it serves, each between line ends ('' for all) · 11 gets no Hello ('1')
-- Reply ok epoch day lastClose [id rid …shown] | revoked | stale_ticket | takeover_limit
-- use: time, int, num, unpackHold, packHold, countDay, holding, shownFields, withheld, takenOff
local agent, session, instance, legacy, node, ticket, token, lease, name, serves, silent = unpack(ARGV)
local a = call('HMGET', KEYS[1], 'ep', 'sid', 'in', 'nd', 'gr', 'is', 'rv', 'kw', 'kn', 'lc', 'td', 'h', 'gl')
for i = 1, 13 do a[i] = a[i] or '' end
if num(ticket) <= 0 then ticket = int(AGE) end
local live = a[4] ~= '' and a[5] == ''
if a[7] ~= '' and num(token) < num(a[7]) then return {'revoked'} end
if live and num(ticket) < num(a[6]) then return {'stale_ticket'} end
local again = a[2] ~= '' and a[2] == session
local same = instance ~= '' and instance == a[3]
local window, kicks = num(a[8]), num(a[9])
if live and not same and not again then
  if AGE - window > 600000 then window, kicks = AGE, 0 end
  if kicks >= 6 then return {'takeover_limit'} end
  kicks = kicks + 1
end
local epoch = again and a[1] or int(math.max(num(a[1]) + 1, AGE))
local last = a[10]
if live and not again then
  last = same and 'moved' or 'superseded'
  call('XADD', P .. 'ctl', '*', 'k', 'kick', 'a', agent, 's', a[2], 'c', same and '1012' or '4501', 'r', last)
end
if a[4] ~= '' then call('SREM', P .. 'nag:' .. a[4], agent) end
call('SADD', P .. 'nag:' .. node, agent)
local day = countDay(a[11])
call('HSET', KEYS[1], 'ep', epoch, 'h', a[12], 'td', day, 'sid', session, 'in', instance, 'lg', legacy, 'nd', node, 'gr', '',
  'is', ticket, 'kw', int(window), 'kn', int(kicks), 'lc', '', 'since', int(NOW), 'name', name, 'gl', '', 'as', '',
  'serves', serves)
call('ZREM', P .. 'grace', agent)
call('ZREMRANGEBYSCORE', P .. 'avoid:' .. agent, '-inf', int(AGE))
local id, rid, delivered = unpackHold(a[12])
local c = holding({cid = id, rid = rid})
-- A client that gets no Hello is shown what was reserved from outside when it asks.
local unshown = delivered == '' and (silent == '1' or c and withheld(id, c, agent, serves, node)) or
  delivered ~= '' and c and takenOff(id, c, agent, serves, node)
if not c or unshown then return {'ok', epoch, day, last} end
-- The lease starts at delivery, comes back after a lost socket, and is long where a client cannot say that it dials.
local deadline = num(c.dl)
if delivered == '' then deadline = AGE + num(lease) end
deadline = math.max(deadline, num(a[13]))
if legacy == '1' and c.st == 'R' then
  deadline = math.max(deadline, AGE + num(lease))
  call('HSET', P .. 'c:' .. id, 'lg', rid)
end
c.dl = int(deadline)
call('HSET', P .. 'c:' .. id, 'dl', c.dl)
call('ZADD', P .. 'lease', c.dl, id)
if delivered == '' then call('HSET', KEYS[1], 'h', packHold(id, rid, int(AGE), '')) end
return {'ok', epoch, day, last, id, rid, shownFields(c)}
