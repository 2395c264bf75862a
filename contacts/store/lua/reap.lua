-- reap: everything that time does. Any node may run it at any moment; each step is bounded.
-- KEYS  nodes · nokey
-- The first thing is the tenant's own clock, see lib/time.lua: it never goes back by more than there is between two steps.
-- ARGV  1 node · 2 most per step · 3 grace ms · 4 '1': dead nodes and leases too (else promotion and expiry alone)
-- Reply promoted expired closed callbacks drifted rehoured looked (of everything, the most: another step may find more) lost (records that are gone) ·
--       ms that the tenant's own clock is before the store's
-- use: time, int, num, loadContact, move, event, nextOpening, offerRules, schedule, closeContact, endLease, startGrace
-- use: isPersonal, prefix, lose
local node, limit, grace, all = unpack(ARGV)
local most, n, looked = num(limit), {0, 0, 0, 0, 0, 0}, 0
call('HSET', P .. 'age', 'mark', int(AGE), 'lag', int(AGE - NOW), 'most', int(math.max(AGE - NOW, OWN[3] or 0)))
local function due(key, now)
  local ids = call('ZRANGEBYSCORE', P .. key, '-inf', now or AGE, 'LIMIT', 0, most)
  looked = math.max(looked, #ids)
  return ids
end
for _, id in ipairs(due('exp', NOW)) do
  local c = loadContact(id)
  if c and c.st ~= 'D' and c.st ~= 'W' then
    closeContact(id, c, 'hub', 'expired', node)
    n[3] = n[3] + 1
  end
  call('ZREM', P .. 'exp', id)
end
local function wait(id, c, at) schedule(id, c, at, c.rule == 'no_zone' and c.rule or 'outside_hours') end
-- Each of these ids whose record says that it is there; one without a record, or that a list brought back since and which is
-- elsewhere now, is set aside.
local function each(ids, key, st, cp, visit)
  for _, id in ipairs(ids) do
    local c = loadContact(id)
    if c and (c.st == st or st == 'R' and (c.st == 'D' or c.st == 'W')) then
      visit(id, c)
    else
      if cp then call('ZREM', P .. 'sched', id) end
      lose(key, id, st, cp)
    end
  end
end
each(due('sched'), 'sched', 'S', nil, function(id, c)
  -- Whose clock nobody knows stays where it is counted; the owner of a callback has to know of it.
  local at = c.why == 'no_zone' and not isPersonal(c) and nextOpening(c, offerRules(c.cp))
  if at then
    wait(id, c, at)
  elseif AGE > NOW and num(c.nb) > NOW then -- an hour of the day, which the store's clock has before it again
    call('ZADD', P .. 'sched', int(num(c.nb) + AGE - NOW), id)
  else
    move(id, c, 'A', c.sc, 'dl', '')
    n[1] = n[1] + 1
  end
end)
-- What waits in a set of a campaign since before something changed is asked anew, some of it in a step.
local function again(changed, kind, visit)
  local put = call('ZRANGE', P .. changed, 0, most - 1, 'WITHSCORES') -- campaigns, and since when
  looked = math.max(looked, #put / 2)
  local asked = 0
  for i = 1, #put, 2 do
    local key = kind .. put[i]
    local ids = call('ZRANGEBYSCORE', P .. key, '-inf', '(' .. put[i + 1], 'LIMIT', 0, most - asked)
    each(ids, key, 'S', put[i], visit)
    asked = asked + #ids
    if asked < most then call('ZREM', P .. changed, put[i]) end
  end
  n[6] = n[6] + asked
  looked = math.max(looked, asked)
end
again('rehour', 'hours:', function(id, c)
  local at = nextOpening(c, offerRules(c.cp))
  if at then wait(id, c, at) else move(id, c, 'A', c.sc, 'dl', '') end
end)
again('relist', 'blocked:', function(id, c)
  -- use: onList
  local layer, till = onList(c)
  if layer then schedule(id, c, till, 'blocked') else move(id, c, 'A', c.sc, 'dl', '') end
end)
call('ZREMRANGEBYSCORE', P .. 'grace', '-inf', AGE)
if all == '1' then
  each(due('lease'), 'lease', 'R', nil, function(id, c)
    endLease(id, c, node)
    n[2] = n[2] + 1
  end)
  each(due('pcbdue'), 'pcbdue', 'A', nil, function(id, c)
    local a = call('HMGET', P .. 'ag:' .. c.pa, 'nd', 'gr', 'serves')
    for i = 1, 3 do a[i] = a[i] or '' end
    local serves = a[3] == '' or string.find(a[3], '\n' .. c.cp .. '\n', 1, true)
    local here = a[1] ~= '' and (a[2] == '' or num(a[2]) > AGE) and serves
    local rules = offerRules(c.cp)
    local at = rules.paused ~= '1' and nextOpening(c, rules)
    if at and c.rule ~= 'no_zone' then -- else it has no hour that will come
      schedule(id, c, at, 'outside_hours')
    elseif here or rules.paused == '1' then -- what nobody may call was not missed
      call('ZADD', P .. 'pcbdue', int(AGE + 60000), id)
    else
      move(id, c, 'V', int(NOW), 'why', 'callback_missed')
      event('review', c.pa, 'hub', id, c, 'callback_missed', '', node)
      n[4] = n[4] + 1
    end
  end)
  local silent = call('ZRANGEBYSCORE', KEYS[1], '-inf', AGE, 'LIMIT', 0, 3)
  if #silent == 3 then looked = most end
  for _, dead in ipairs(silent) do
    local agents = call('SRANDMEMBER', P .. 'nag:' .. dead, most)
    for _, agent in ipairs(agents) do
      if call('HGET', P .. 'ag:' .. agent, 'nd') == dead then startGrace(agent, 'node_lost', num(grace)) end
      call('SREM', P .. 'nag:' .. dead, agent)
      n[5] = n[5] + 1
    end
    looked = math.max(looked, #agents)
    if #agents < most then call('ZREM', KEYS[1], dead) end
  end
end
return {int(n[1]), int(n[2]), int(n[3]), int(n[4]), int(n[5]), int(n[6]), int(looked), int(call('HLEN', P .. 'lost')),
  int(AGE - NOW)}
