-- The pool: personal callbacks stand in their owner's pcb set, everything else in its campaign's.
-- heads has the score of each campaign's first contact; that of 'mine' is not written yet. One that left leaves its
-- campaign's pause as it was: a paused campaign is not in heads, and XX keeps it out. Where one came, its pool is not asked for
-- its first while heads has a score that is no worse: the embedded store sorts a pool whenever it is asked.
-- use: num
local function rehead(cp, left, first, mine, score)
  local head = mine and call('ZSCORE', P .. 'heads', cp)
  if head then
    if num(score) < num(head) then call('ZADD', P .. 'heads', score, cp) end
    return
  end
  if mine and call('HGET', P .. 'camp:' .. cp, 'paused') == '1' then return end
  if first == nil then first = call('ZRANGE', P .. 'avail:' .. cp, '0', '0')[1] end
  if not first then return call('ZREM', P .. 'heads', cp) end
  local best = first == mine and score or call('HGET', P .. 'c:' .. first, 'sc') or call('ZSCORE', P .. 'avail:' .. cp, first)
  if left then return call('ZADD', P .. 'heads', 'XX', best, cp) end
  if call('HGET', P .. 'camp:' .. cp, 'paused') == '1' then return call('ZREM', P .. 'heads', cp) end
  call('ZADD', P .. 'heads', best, cp)
end
