-- Not now: scheduled, so that nobody looks at it again and again. What waits for the hour of the day alone stands in hours
-- too, by when that was found: other hours may let it in sooner (reap). With a contact of the pool go those of the next 31
-- that have to wait as well: when it is evening in a zone, each alone would cost as much as a reserve.
-- use: time, int, rehead, isPersonal, move, nextOpening
local function schedule(id, c, due, why)
  if why ~= 'outside_hours' or c.st ~= 'A' or isPersonal(c) then
    move(id, c, 'S', int(due), 'dl', int(due))
    if why == 'outside_hours' then call('ZADD', P .. 'hours:' .. c.cp, int(US), id) end
    return
  end
  local pool, found, dues, gone, sched, hours = P .. 'avail:' .. c.cp, int(US), {[c.tz .. c.wh] = due}, {}, {}, {}
  local rank = call('ZRANK', pool, id)
  for _, one in ipairs(call('ZRANGE', pool, int(rank), int(rank + 31))) do
    local v = call('HMGET', P .. 'c:' .. one, 'tz', 'wh')
    local tz, wh = v[1] or '', v[2] or ''
    local at = dues[tz .. wh]
    if at == nil then
      at = nextOpening({tz = tz, wh = wh}, c.rules) or false
      dues[tz .. wh] = at
    end
    if at then
      at = int(at)
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
  call('HINCRBY', P .. 'n:' .. c.cp, 'AS', int(#gone))
  rehead(c.cp, true)
  c.st = 'S'
end
