-- import: load one contact, or update one that nobody holds.
-- reads: st cp sc dl pt pa ty pr cb sd ce why tz wh
-- KEYS  contact · nokey
-- ARGV  1 id · 2 campaign · 3 priority · 4 due ms ('' now) · 5 expiry ms · 6 personal agent · 7 call type · 8 zone ·
--       9 number's token · 10 last four · 11 callback ms · 12 account · 13 shown fields (sealed) ·
--       14 number (sealed) · 15 campaigns served ('' all) · 16 arrival µs · 17 calls before, ms, each with a comma between ·
--       18 a campaign nobody made: '' is taken, 'refuse', else held as a draft with this offer ·
--       19 where, see lib/underLaw.lua · 20 the number's bucket and bit, see lib/onList.lua · 21 what where was found by
-- Reply accepted | updated | foreign | blocked | closed | held | no_campaign. Safe to repeat: a second run updates to the
-- same. What the row says as it did before changes nothing, no clock that runs either.
-- use: time, int, num, newScore, loadContact, rehead, isPersonal, move, unplaced, prefix
local id, cp, priority, due, expiry, personal, kind, zone, token, lastFour, callback, account, shown, number, serves,
  arrival, before, unmade, where, bk, found = unpack(ARGV)
local c = loadContact(id)
if c then
  if serves ~= '' and not string.find(serves, '\n' .. c.cp .. '\n', 1, true) then return {'foreign'} end
  local refused = {X = 'closed', R = 'held', D = 'held', W = 'held'}
  if refused[c.st] then return {refused[c.st]} end
end
local made = call('SISMEMBER', P .. 'camps', cp) == 1
if not made and unmade == 'refuse' then return {'no_campaign'} end
if token ~= '' and call('HEXISTS', P .. 'dnc', token) == 1 then return {'blocked'} end
if not made then
  call('SADD', P .. 'camps', cp)
  if unmade ~= '' then
    call('HSET', P .. 'camp:' .. cp, 'json', '{"state":"draft"}', 'paused', '1', 'draft', '1', 'offer', unmade)
  end
end
local fresh, was, from = not c, c and unplaced(c.tz, c.wh), c and c.cp
-- What an agent agreed with the person, or a supervisor decided, outlives a list that says nothing new about it.
local said, missed, listed, waits, stays = kind .. '\31' .. personal .. '\31' .. callback, false, false, nil
if not fresh and (c.sd == said or kind == '0' and callback == '' and c.ce ~= '') then
  personal, kind, callback = c.pa, c.ty, c.cb
elseif not fresh and c.sd ~= '' then
  call('HSET', P .. 'c:' .. id, 'sd', '')
end
if fresh then
  -- use: lose
  -- A record that was lost: what was left of it in sets would take the new one for the old.
  for key, st in pairs({['avail:' .. cp] = 'A', pcbdue = 'A', sched = 'S', lease = 'R', review = 'V'}) do
    local left = lose(key, id, st, key ~= 'pcbdue' and st == 'A' and cp or nil)
    if left and key == 'lease' and call('GET', P .. 'ph:' .. token) == id then call('DEL', P .. 'ph:' .. token) end
  end
  c = {st = '', cp = cp, pr = priority, pa = personal, ty = kind, pt = token, sk = '0'}
elseif c.st ~= 'V' then
  -- Taken out of its sets as it was, put back as it is now.
  if c.st == 'A' then
    if isPersonal(c) then
      if kind == '2' and personal == c.pa then -- its owner has missed it for as long as before
        missed, listed = call('ZSCORE', P .. 'pcbdue', id), call('ZSCORE', P .. 'own:' .. c.pa, id)
      end
      call('ZREM', P .. 'pcb:' .. c.pa, id)
      call('ZREM', P .. 'pcbdue', id)
    else
      call('ZREM', P .. 'avail:' .. c.cp, id)
      local head = call('ZSCORE', P .. 'heads', c.cp)
      if head and num(c.sc) <= num(head) then rehead(c.cp) end
    end
  else
    call('ZREM', P .. 'sched', id)
    -- An earlier rule still holds it back, but not the hour of the day where the row says more about that.
    local says = cp ~= c.cp or zone ~= c.tz or where ~= c.wh or num(due) > NOW or num(c.dl) <= NOW
    stays = not (says and call('ZREM', P .. 'hours:' .. c.cp, id) == 1) and num(c.dl) > num(due)
      and c.why ~= 'blocked' and c.why ~= 'not_matchable'
    if stays then due = c.dl end
    if c.why ~= '' then
      call('ZREM', P .. c.why .. ':' .. c.cp, id)
      if stays and num(due) > NOW then waits = c.why else call('HSET', P .. 'c:' .. id, 'why', '') end
    end
  end
  if isPersonal(c) then call('ZREM', P .. 'own:' .. c.pa, id) end
  call('HINCRBY', P .. 'n:' .. c.cp, c.st .. '-', '1')
end
if c.pt ~= '' and c.pt ~= token then
  -- use: carryAttempts, keepNumber
  call('SREM', P .. 'num:' .. c.pt, id)
  carryAttempts(id, c.pt, token)
  keepNumber(id, c)
end
if before ~= '' then
  -- use: mergeAttempts
  local key = P .. 'at:' .. token
  call('SET', key, mergeAttempts(call('GET', key), id, account, before, 1000), 'PX', '2678400000')
end
if token ~= '' then call('SADD', P .. 'num:' .. token, id) end
if expiry ~= '' then call('ZADD', P .. 'exp', expiry, id) else call('ZREM', P .. 'exp', id) end
if call('EXISTS', P .. 'layers') == 1 then
  -- use: onList
  call('HSET', P .. 'c:' .. id, 'bk', bk)
  local layer, till = onList({bk = bk, cp = cp, wh = where})
  if layer and num(due) < till then due, waits = int(till), 'blocked' end
end
local sc = c.sc
if fresh or c.pr ~= priority then sc = int(newScore(priority, arrival)) end
if c.st == 'V' then -- stays with the supervisor; its campaign cannot change meanwhile
  cp = c.cp
else
  c.st, c.cp, c.pr, c.pa, c.ty, c.pt = '', cp, priority, personal, kind, token
  if due ~= '' and num(due) > NOW then
    move(id, c, 'S', due, 'dl', due)
    if not stays and waits ~= 'blocked' then call('HSET', P .. 'c:' .. id, 'nb', due) end
    if waits then call('ZADD', P .. waits .. ':' .. cp, waits == 'blocked' and int(US) or due, id) end
    if waits == 'blocked' then call('HSET', P .. 'c:' .. id, 'why', waits) end
  else
    move(id, c, 'A', sc, 'dl', '')
    if missed then call('ZADD', P .. 'pcbdue', missed, id) end
    if listed then call('ZADD', P .. 'own:' .. c.pa, listed, id) end
  end
end
local lost = unplaced(zone, where) or nil
if was and (lost ~= was or cp ~= from) then call('SREM', P .. was .. ':' .. from, id) end
if lost then call('SADD', P .. lost .. ':' .. cp, id) end -- one that an older hub loaded is not there yet
call('HSET', P .. 'c:' .. id, 'cp', cp, 'sc', sc, 'pr', priority, 'xp', expiry, 'pa', personal, 'ty', kind, 'tz', zone,
  'pt', token, 'l4', lastFour, 'cb', callback, 'ac', account, 'im', shown, 'pn', number, 'wh', where, 'pl', found)
return {fresh and 'accepted' or 'updated'}
