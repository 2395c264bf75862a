-- lib: what every script shares. assemble.go puts the key prefix P above it, and of all libraries only what a script uses.
-- ARGV of a script run for an agent: 1 agent, 2 epoch, 3 fingerprint, 4 idempotency ms, 5 node, then its own; of one
-- run for somebody else: the same with the actor in place of the epoch.
-- Ids are in key form (keys.go) everywhere inside Redis. Times are Unix ms as decimal strings, '' for none.
-- Commands and their arguments are most of a script's cost, then what is made: functions, tables, strings of numbers. A
-- score that Redis writes out costs as much as a command, so the field sc is read instead (BENCHMARKS.md).
local call = redis.call
local TIME = call('TIME')
local US = TIME[1] * 1000000 + TIME[2]
local NOW = (US - US % 1000) / 1000
local function I(n) return string.format('%d', n) end
local function num(s) return tonumber(s) or 0 end

-- A contact's place in the pool: priority first, then arrival in µs since 2025 (exact in a double until 2050). No two have
-- the same: the calls of a run share its time.
local function order(priority, at)
  US = US + 1
  return num(priority) * 8e14 + (num(at or US) - 1735689600000000)
end

-- A contact's record, nil if there is none. assemble.go writes it: what the script's "reads" line names is read at once.
local function load(id) end

-- What an agent's record says of its hold: id, reservation, delivered at, pushed from outside ('1'), and of the last one
-- that was taken away, its id and why. One field, because each would be looked for along the whole record.
local function grasp(h) return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$') end
local function grip(id, rid, delivered, pushed)
  return id .. '\31' .. rid .. '\31' .. delivered .. '\31' .. pushed .. '\31\31'
end

-- Shown to a client that cannot say that it dials: it may have been dialled. The mark is the reservation's own.
local function unsaid(c) return c.rid ~= '' and c.lg == c.rid end

-- The pool: personal callbacks stand in their owner's pcb set, everything else in its campaign's.
-- heads has the place of each campaign's first contact; that of 'mine' is not written yet. One that left leaves its
-- campaign's pause as it was: a paused campaign is not in heads, and XX keeps it out.
local function rehead(cp, left, first, mine, place)
  if first == nil then first = call('ZRANGE', P .. 'avail:' .. cp, '0', '0')[1] end
  if not first then return call('ZREM', P .. 'heads', cp) end
  place = first == mine and place or call('HGET', P .. 'c:' .. first, 'sc')
  if left then return call('ZADD', P .. 'heads', 'XX', place, cp) end
  if call('HGET', P .. 'camp:' .. cp, 'paused') == '1' then return call('ZREM', P .. 'heads', cp) end
  call('ZADD', P .. 'heads', place, cp)
end
local function personal(c) return c.ty == '2' and c.pa ~= '' end

-- A callback from now on: its owner's alone, or with owner '' of anybody of the campaign. ce, the end of its time, says
-- that an agent agreed it with the person.
local function callback(id, c, owner, at, till)
  if personal(c) then call('ZREM', P .. 'own:' .. c.pa, id) end
  c.ty, c.pa, c.cb = owner ~= '' and '2' or '1', owner, at
  call('HSET', P .. 'c:' .. id, 'ty', c.ty, 'pa', owner, 'cb', at, 'ce', till)
  if owner ~= '' then call('ZADD', P .. 'own:' .. owner, at, id) end
end

-- Leave the set that c.st names, enter the one that st names, count the step (n: from and to, '-' is outside). The caller
-- writes the event. c.after: the next one of the pool, false for none, '' if it was not the first, nil if nobody looked.
local SETS = {S = 'sched', R = 'lease', D = 'lease', W = 'lease', V = 'review'}
local function move(id, c, st, score, ...)
  local from = c.st
  if from == 'A' then
    -- seldom
    if personal(c) then
      call('ZREM', P .. 'pcb:' .. c.pa, id)
      call('ZREM', P .. 'pcbdue', id)
    else
      call('ZREM', P .. 'avail:' .. c.cp, id)
      local after = rawget(c, 'after')
      if after ~= '' then rehead(c.cp, true, after) end
    end
  elseif from == 'X' then
    call('ZREM', P .. 'closed:' .. c.cp, id)
  elseif SETS[from] and SETS[from] ~= SETS[st] then
    call('ZREM', P .. SETS[from], id)
  end
  if from == 'S' then call('ZREM', P .. 'hours:' .. c.cp, id) end
  if st == 'A' then
    -- seldom
    if personal(c) then
      call('ZADD', P .. 'pcb:' .. c.pa, score, id)
      call('ZADD', P .. 'pcbdue', I(NOW + 1800000), id)
    else
      call('ZADD', P .. 'avail:' .. c.cp, score, id)
      rehead(c.cp, false, nil, id, score)
      local front = call('HGET', P .. 'front', c.cp)
      if front and num(score) <= num(front) then -- before what somebody has passed: see walk.lib
        call('HDEL', P .. 'front', c.cp)
        call('HINCRBY', P .. 'front', 'v:' .. c.cp, '1')
      end
    end
  elseif st == 'X' then
    call('ZADD', P .. 'closed:' .. c.cp, score, id)
    call('ZREM', P .. 'exp', id)
    if c.pt ~= '' then call('SREM', P .. 'num:' .. c.pt, id) end
  else
    call('ZADD', P .. SETS[st], score, id)
  end
  if c.ty == '2' and c.pa ~= '' then -- its owner's list, while nobody holds it
    if st == 'S' then
      call('ZADD', P .. 'own:' .. c.pa, score, id)
    elseif st == 'A' then
      call('ZADD', P .. 'own:' .. c.pa, 'LT', I(NOW), id)
    else
      call('ZREM', P .. 'own:' .. c.pa, id)
    end
  end
  if from ~= st then call('HINCRBY', P .. 'n:' .. c.cp, (from == '' and '-' or from) .. st, '1') end
  call('HSET', P .. 'c:' .. id, 'st', st, ...)
  c.st = st
end

-- End a hold: the agent's record and the phone guard. The caller moves the contact.
local function unhold(id, c, cause, ...)
  call('HSET', P .. 'ag:' .. c.ag, 'h', cause and '\31\31\31\31' .. id .. '\31' .. cause or '', ...)
  if c.pt ~= '' then call('DEL', P .. 'ph:' .. c.pt) end
end

-- One event per transition, seq dense. The last four digits are all of a number that is ever in it. Of a hold that ends it
-- has the reservation id, which says when it began.
local function event(kind, agent, actor, id, c, reason, note, node)
  call('XADD', P .. 'ev', '*', 's', I(call('INCR', P .. 'seq')), 'e', kind .. '\31' .. agent .. '\31' .. actor .. '\31' ..
    c.cp .. '\31' .. id .. '\31' .. c.l4 .. '\31' .. reason .. '\31' .. note .. '\31' .. (c.ag ~= '' and c.rid or '') ..
    '\31' .. (c.sk ~= '' and c.sk or '0') .. '\31' .. node .. '\31' .. (c.tc ~= '' and c.tc or '0'))
end

-- Count the agent's day: dials, skips, outcomes, packed as day:d:s:o.
local function today(packed, at)
  local day, d, s, o = string.match(packed or '', '^(%d+):(%d+):(%d+):(%d+)$')
  local now = (NOW - NOW % 86400000) / 86400000
  if num(day) ~= now then day, d, s, o = I(now), '0', '0', '0' end
  if at == 1 then d = I(d + 1) elseif at == 2 then s = I(s + 1) elseif at == 3 then o = I(o + 1) end
  return day .. ':' .. d .. ':' .. s .. ':' .. o
end

-- One more attempt: the times of the last hundred, which is the most that a campaign may allow in a day, and the count.
local function attempt(c)
  local t = {}
  for at in string.gmatch(c.at .. ',' .. I(NOW), '%d+') do t[#t + 1] = at end
  c.at = table.concat(t, ',', math.max(1, #t - 99))
  c.tc = I(num(c.tc) + 1)
end

-- Stored reply first, then the epoch (a retry comes from a new socket with a new one). The touch lets a WAIT on this
-- connection cover the first write. A store that knows only an older
-- session has lost this one (failover): it rejoins, and asks again.
-- Returns a reply to give, or nil and the agent's record.
local function remember(r)
  if KEYS[2] ~= '' then
    call('SET', KEYS[2], ARGV[3] .. '\n' .. table.concat(r, '\n') .. '\n', 'PX', ARGV[4])
  end
  return r
end
local function again(v)
  local r = {}
  for w in string.gmatch(v, '([^\n]*)\n') do r[#r + 1] = w end
  if table.remove(r, 1) ~= ARGV[3] then return {'request_id_reused'} end
  call('PEXPIRE', KEYS[2], ARGV[4])
  r[1] = '=' .. r[1]
  return r
end
local function replay()
  local v = KEYS[2] ~= '' and call('GET', KEYS[2])
  return v and again(v) or nil
end
local function begin()
  local told = KEYS[2] ~= '' and call('GET', KEYS[2])
  if told then
    -- seldom
    return again(told)
  end
  local v = call('HMGET', KEYS[1], 'ep', 'h', 'td')
  if v[1] ~= ARGV[2] then return {num(v[1]) < num(ARGV[2]) and 'forgotten' or 'stale_session'} end
  local a = {cid = '', rid = '', dv = '', pu = '', td = v[3] or ''}
  if v[2] and v[2] ~= '' then a.cid, a.rid, a.dv, a.pu = grasp(v[2]) end
  return nil, a
end

-- What the agent holds, if the lease is not over: contact record, or nil. The reservation id is in no other's hands.
local function holding(a)
  if not a.cid or a.cid == '' then return nil end
  local c = load(a.cid)
  if not c or c.rid ~= a.rid or num(c.dl) <= NOW then return nil end
  return c
end

-- Shown for the first time what was reserved from outside: its lease starts now.
local function deliver(a, c, lease, legacy)
  c.dl, c.lg = I(NOW + num(lease)), legacy ~= '' and c.rid or ''
  call('HSET', P .. 'c:' .. a.cid, 'dl', c.dl, 'lg', c.lg)
  call('ZADD', P .. 'lease', c.dl, a.cid)
  call('HSET', KEYS[1], 'h', grip(a.cid, c.rid, I(NOW), a.pu))
end

-- What ContactOD shows, for the end of a reply; never stored, never in an event.
local function view(c) return c.st, c.cp, c.dl, c.xp, c.cb, c.ty, c.sk, c.tc, c.tz, c.ac, c.im end
