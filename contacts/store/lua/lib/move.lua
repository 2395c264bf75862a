-- Leave the set that c.st names, enter the one that st names, count the step (n: from and to, '-' is outside). The caller
-- writes the event. c.after: the next one of the pool, false for none, '' if it was not the first, nil if nobody looked.
-- use: time, int, stateSets, prefix
local function move(id, c, st, score, ...)
  local from = c.st
  if from == 'A' then
    -- use: rehead, isPersonal
    if isPersonal(c) then
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
  if from == 'S' then
    call('ZREM', P .. 'hours:' .. c.cp, id)
    if c.why ~= '' then -- it waited for a check, which has a set of its own: see schedule
      call('ZREM', P .. c.why .. ':' .. c.cp, id)
      call('HSET', P .. 'c:' .. id, 'why', '')
    end
  end
  if st == 'A' then
    -- use: num, rehead, isPersonal
    if isPersonal(c) then
      call('ZADD', P .. 'pcb:' .. c.pa, score, id)
      call('ZADD', P .. 'pcbdue', int(AGE + 1800000), id)
    else
      call('ZADD', P .. 'avail:' .. c.cp, score, id)
      rehead(c.cp, false, nil, id, score)
      local front = call('HGET', P .. 'front', c.cp)
      if front and num(score) <= num(front) then -- before what somebody has passed: see candidates
        call('HDEL', P .. 'front', c.cp)
        call('HINCRBY', P .. 'front', 'v:' .. c.cp, '1')
      end
    end
  elseif st == 'X' then
    call('ZADD', P .. 'closed:' .. c.cp, score, id)
    call('ZREM', P .. 'exp', id)
    if c.pt ~= '' then call('SREM', P .. 'num:' .. c.pt, id) end
    -- use: unplaced
    local lost = unplaced(c.tz, c.wh)
    if lost then call('SREM', P .. lost .. ':' .. c.cp, id) end
  else
    call('ZADD', P .. SETS[st], st == 'S' and AGE > NOW and int(score + AGE - NOW) or score, id)
  end
  if c.ty == '2' and c.pa ~= '' then -- its owner's list, while nobody holds it
    if st == 'S' then
      call('ZADD', P .. 'own:' .. c.pa, score, id)
    elseif st == 'A' then
      call('ZADD', P .. 'own:' .. c.pa, 'LT', int(NOW), id)
    else
      call('ZREM', P .. 'own:' .. c.pa, id)
    end
  end
  if from ~= st then call('HINCRBY', P .. 'n:' .. c.cp, (from == '' and '-' or from) .. st, '1') end
  call('HSET', P .. 'c:' .. id, 'st', st, ...)
  c.st = st
end
