-- offer: may this contact be given to this agent now? Shared by reserve and assign.

-- When the contact may be called again: nil is now, else Unix ms. 'zones' is kept by the hubs: UTC offset in minutes, when
-- it changes, and to what.
local function opens(c, rules)
  if not rules.from or rules.from == '' then return nil end
  local tz = c.tz ~= '' and c.tz or rules.tz
  local zone = call('HGET', P .. 'zones', tz)
  if not zone then return NOW + 3600000 end
  local off, change, after = string.match(zone, '^(-?%d+);(%d+);(-?%d+)$')
  off, change, after = num(off), num(change), num(after)
  if NOW >= change then off = after end
  local from, minute = num(rules.from), math.floor(NOW / 60000 + off) % 1440
  if minute >= from and minute < num(rules.till) then return nil end
  local at = (math.floor(NOW / 60000) + (from - minute) % 1440) * 60000
  if at >= change then at = at - (after - off) * 60000 end
  return at > NOW and at or NOW + 60000 -- a clock that is set back may have put it behind us
end

-- Attempts of the last 24 h stand in at, oldest first; nil if another one is allowed now, else when.
local function rested(c, most)
  local seen, first = 0, nil
  for t in string.gmatch(c.at, '%d+') do
    if num(t) > NOW - 86400000 then
      seen = seen + 1
      first = first or num(t)
    end
  end
  if seen < num(most) then return nil end
  return first + 86400000
end

-- A campaign's rules of offering, packed by rules.go: paused;from;until;attempts a day;zone. Nobody configured it: none.
local function offering(cp)
  local packed = call('HGET', P .. 'camp:' .. cp, 'offer')
  if not packed then return {max = '3'} end
  local v = {}
  v.paused, v.from, v.till, v.max, v.tz = string.match(packed, '^([^;]*);([^;]*);([^;]*);([^;]*);(.*)$')
  return v
end

-- The checks of a fetch, in order: why not, and when it could be (then it is scheduled, not scanned again). The caller has
-- left out what the agent avoids. c.rules: its campaign's, if somebody read them.
local function barred(c)
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
  local rules = rawget(c, 'rules') or offering(c.cp)
  c.rules = rules
  if rules.paused == '1' then return 'paused' end
  if rules.from and rules.from ~= '' then
    -- seldom
    local due = opens(c, rules)
    if due then return 'outside_hours', due end
  end
  if c.at ~= '' then
    -- seldom
    local due = rested(c, rules.max)
    if due then return 'attempts', due end
  end
end

-- Until when the agent avoids it, false if it does not. Only what somebody skipped is avoided by anybody.
local function avoids(agent, id, c)
  local till = c.by ~= '' and num(call('ZSCORE', P .. 'avoid:' .. agent, id))
  return till and till > NOW and till
end

-- Not now: scheduled, so that nobody looks at it again and again. What waits for the hour of the day alone stands in hours
-- too, by when that was found: other hours may let it in sooner (reap). With a contact of the pool go those of the next 31
-- that have to wait as well: when it is evening in a zone, each alone would cost as much as a reserve.
local function later(id, c, due, why)
  if why ~= 'outside_hours' or c.st ~= 'A' or personal(c) then
    move(id, c, 'S', I(due), 'dl', I(due))
    if why == 'outside_hours' then call('ZADD', P .. 'hours:' .. c.cp, I(US), id) end
    return
  end
  local pool, found, dues, gone, sched, hours = P .. 'avail:' .. c.cp, I(US), {[c.tz] = due}, {}, {}, {}
  local rank = call('ZRANK', pool, id)
  for _, one in ipairs(call('ZRANGE', pool, I(rank), I(rank + 31))) do
    local tz = call('HGET', P .. 'c:' .. one, 'tz')
    local at = dues[tz]
    if at == nil then
      at = opens({tz = tz}, c.rules) or false
      dues[tz] = at
    end
    if at then
      at = I(at)
      call('HSET', P .. 'c:' .. one, 'st', 'S', 'dl', at)
      local n = #gone
      gone[n + 1] = one
      sched[2 * n + 1], sched[2 * n + 2] = at, one
      hours[2 * n + 1], hours[2 * n + 2] = found, one
    end
  end
  call('ZREM', pool, unpack(gone))
  call('ZADD', P .. 'sched', unpack(sched))
  call('ZADD', P .. 'hours:' .. c.cp, unpack(hours))
  call('HINCRBY', P .. 'n:' .. c.cp, 'AS', I(#gone))
  rehead(c.cp, true)
  c.st = 'S'
end

-- What was reserved from outside is looked at once more before it is shown to a session that serves these campaigns, as in
-- reserve. If it must not be now, it goes back.
local function withheld(id, c, agent, serves, node)
  local why, due = barred(c)
  if not why and (serves == '' or string.find(serves, '\n' .. c.cp .. '\n', 1, true)) then return false end
  unhold(id, c)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '')
  if due then later(id, c, due, why) end
  event('release', agent, 'hub', id, c, 'undelivered', '', node)
  return true
end

-- Give it: from the pool or its schedule into the agent's hands; false if its number is in other hands already.
local function hold(id, c, agent, nonce, lease, legacy, delivered, pushed, actor, node)
  if c.pt ~= '' and not call('SET', P .. 'ph:' .. c.pt, id, 'NX') then return false end
  local now = I(NOW)
  c.dl, c.ag, c.rid = I(NOW + lease), agent, now .. '.' .. nonce
  if legacy == '1' then
    move(id, c, 'R', c.dl, 'ag', agent, 'rid', c.rid, 'dl', c.dl, 'lg', c.rid)
  else
    move(id, c, 'R', c.dl, 'ag', agent, 'rid', c.rid, 'dl', c.dl)
  end
  call('HSET', P .. 'ag:' .. agent, 'h', grip(id, c.rid, delivered and now or '', pushed))
  event('reserve', agent, actor, id, c, '', '', node)
  return true
end
