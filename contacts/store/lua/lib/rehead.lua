-- The pool: personal callbacks stand in their owner's pcb set, everything else in its campaign's.
-- heads has the score of each campaign's first contact; that of 'mine' is not written yet. One that left leaves its
-- campaign's pause as it was: a paused campaign is not in heads, and XX keeps it out.
local function rehead(cp, left, first, mine, score)
  if first == nil then first = call('ZRANGE', P .. 'avail:' .. cp, '0', '0')[1] end
  if not first then return call('ZREM', P .. 'heads', cp) end
  local best = first == mine and score or call('HGET', P .. 'c:' .. first, 'sc') or call('ZSCORE', P .. 'avail:' .. cp, first)
  if left then return call('ZADD', P .. 'heads', 'XX', best, cp) end
  if call('HGET', P .. 'camp:' .. cp, 'paused') == '1' then return call('ZREM', P .. 'heads', cp) end
  call('ZADD', P .. 'heads', best, cp)
end
