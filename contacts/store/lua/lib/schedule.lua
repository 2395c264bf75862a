-- Not now: scheduled, so that nobody looks at it again and again. What waits for the hour of the day alone stands in hours
-- too, by when that was found: other hours may let it in sooner (reap). Any other check has a set of its own, by due, and its
-- code stands in the contact's why: so they are counted; what a do-not-call layer holds back, by when that was found. With a contact of the pool go those of the next 31 that have to wait for
-- an hour as well: when it is evening in a zone, each alone would cost as much as a reserve.
-- use: time, int, rehead, isPersonal, move, nextOpening, prefix
local function schedule(id, c, due, why)
  local hourly = why == 'outside_hours' or why == 'no_zone'
  if not hourly or c.st ~= 'A' or isPersonal(c) then
    if why == 'outside_hours' then
      move(id, c, 'S', int(due), 'dl', int(due))
    else
      move(id, c, 'S', int(due), 'dl', int(due), 'why', why)
      call('ZADD', P .. why .. ':' .. c.cp, why == 'blocked' and int(US) or int(due), id)
    end
    if hourly then call('ZADD', P .. 'hours:' .. c.cp, int(US), id) end
    return
  end
  local number = c.rules.zones == 'number'
  local here = c.tz .. c.wh .. (number and c.pl or '')
  local pool, found, dues, unplaced = P .. 'avail:' .. c.cp, int(US), {[here] = due}, {[here] = why == 'no_zone'}
  local gone, sched, hours, lost = {}, {}, {}, {}
  local rank = call('ZRANK', pool, id)
  for _, one in ipairs(call('ZRANGE', pool, int(rank), int(rank + 31))) do
    local v = call('HMGET', P .. 'c:' .. one, 'tz', 'wh', 'st')
    local tz, wh, pl = v[1] or '', v[2] or '', number and call('HGET', P .. 'c:' .. one, 'pl') or ''
    here = tz .. wh .. pl
    local at = v[3] and dues[here]
    if at == nil then
      local place = {tz = tz, wh = wh, pl = pl}
      at = nextOpening(place, c.rules) or false
      dues[here], unplaced[here] = at, place.rule == 'no_zone'
    end
    if at then
      at = int(at)
      local n = #gone
      gone[n + 1] = one
      sched[2 * n + 1], sched[2 * n + 2] = int(at + AGE - NOW), one
      hours[2 * n + 1], hours[2 * n + 2] = found, one
      if unplaced[here] then
        local m = #lost
        lost[m + 1], lost[m + 2] = at, one
        call('HSET', P .. 'c:' .. one, 'st', 'S', 'dl', at, 'why', 'no_zone')
      else
        call('HSET', P .. 'c:' .. one, 'st', 'S', 'dl', at)
      end
    end
  end
  call('ZREM', pool, unpack(gone))
  call('ZADD', P .. 'sched', unpack(sched))
  call('ZADD', P .. 'hours:' .. c.cp, unpack(hours))
  if #lost > 0 then call('ZADD', P .. 'no_zone:' .. c.cp, unpack(lost)) end
  call('HINCRBY', P .. 'n:' .. c.cp, 'AS', int(#gone))
  rehead(c.cp, true)
  c.st = 'S'
end
