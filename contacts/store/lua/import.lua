-- import: load one contact, or update one that nobody holds.
-- reads: st cp sc dl pt pa ty pr cb
-- KEYS  contact · ''
-- ARGV  1 id · 2 campaign · 3 priority · 4 due ms ('' now) · 5 expiry ms · 6 personal agent · 7 call type · 8 zone ·
--       9 number's token · 10 last four · 11 callback ms · 12 account · 13 shown fields (sealed) · 14 zone row for 'zones' · 15 number (sealed) · 16 campaigns served ('' all) ·
--       17 arrival µs
-- Reply accepted | updated | foreign | blocked | closed | held. Safe to repeat: a second run updates to the same.
local id, cp, token = ARGV[1], ARGV[2], ARGV[9]
local c = load(id)
if c then
  if ARGV[16] ~= '' and not string.find(ARGV[16], '\n' .. c.cp .. '\n', 1, true) then return {'foreign'} end
  local refused = {X = 'closed', R = 'held', D = 'held', W = 'held'}
  if refused[c.st] then return {refused[c.st]} end
end
if token ~= '' and call('HEXISTS', P .. 'dnc', token) == 1 then return {'blocked'} end
local fresh = not c
if fresh then
  c = {st = '', cp = cp, pr = ARGV[3], pa = ARGV[6], ty = ARGV[7], pt = token, sk = '0'}
elseif c.st ~= 'V' then
  -- Taken out of its sets as it was, put back as it is now.
  if c.st == 'A' then
    if personal(c) then
      call('ZREM', P .. 'pcb:' .. c.pa, id)
      call('ZREM', P .. 'pcbdue', id)
    else
      call('ZREM', P .. 'avail:' .. c.cp, id)
      rehead(c.cp)
    end
  else
    call('ZREM', P .. 'sched', id)
    -- An earlier rule still holds it back, but not the hour of the day where the row says more about that.
    local asked = (cp ~= c.cp or ARGV[8] ~= c.tz or num(ARGV[4]) > NOW or num(c.dl) <= NOW) and call('ZREM', P .. 'hours:' .. c.cp, id) == 1
    if not asked and num(c.dl) > num(ARGV[4]) then ARGV[4] = c.dl end
  end
  if personal(c) then call('ZREM', P .. 'own:' .. c.pa, id) end
  call('HINCRBY', P .. 'n:' .. c.cp, c.st .. '-', '1')
end
-- What an agent agreed with the person outlives a list that says nothing about it.
if not fresh and ARGV[7] == '0' and ARGV[11] == '' and (call('HGET', P .. 'c:' .. id, 'ce') or '') ~= '' then
  ARGV[6], ARGV[7], ARGV[11] = c.pa, c.ty, c.cb
end
if c.pt ~= '' and c.pt ~= token then call('SREM', P .. 'num:' .. c.pt, id) end
if token ~= '' then call('SADD', P .. 'num:' .. token, id) end
if ARGV[14] ~= '' then call('HSETNX', P .. 'zones', ARGV[8], ARGV[14]) end
if ARGV[5] ~= '' then call('ZADD', P .. 'exp', ARGV[5], id) else call('ZREM', P .. 'exp', id) end
call('SADD', P .. 'camps', cp)
local sc = c.sc
if fresh or c.pr ~= ARGV[3] then sc = I(order(ARGV[3], ARGV[17])) end
if c.st == 'V' then -- stays with the supervisor; its campaign cannot change meanwhile
  cp = c.cp
else
  c.st, c.cp, c.pr, c.pa, c.ty, c.pt = '', cp, ARGV[3], ARGV[6], ARGV[7], token
  if ARGV[4] ~= '' and num(ARGV[4]) > NOW then
    move(id, c, 'S', ARGV[4], 'dl', ARGV[4])
  else
    move(id, c, 'A', sc, 'dl', '')
  end
end
call('HSET', P .. 'c:' .. id, 'cp', cp, 'sc', sc, 'pr', ARGV[3], 'xp', ARGV[5], 'pa', ARGV[6], 'ty', ARGV[7], 'tz', ARGV[8],
  'pt', token, 'l4', ARGV[10], 'cb', ARGV[11], 'ac', ARGV[12], 'im', ARGV[13], 'pn', ARGV[15])
return {fresh and 'accepted' or 'updated'}
