-- What may have been dialled waits for a supervisor, or closes if nobody may call it any more. It counts as a call: the
-- person may be in other lists. Its last holder may still tell the outcome.
-- use: time, int, move, event, whyOver, letTell
local function reviewDialled(id, c, agent, actor, node)
  local why, over = c.st == 'D' and 'no_outcome' or 'maybe_dialled', whyOver(c)
  if c.st ~= 'D' then
    -- use: countAttempt, ofCalled
    ofCalled(agent, c, countAttempt, '')
    call('HSET', P .. 'c:' .. id, 'at', c.at, 'tc', c.tc)
  end
  move(id, c, over and 'X' or 'V', int(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', letTell(agent, id, c), 'why', over or why)
  event(over and 'block' or 'review', agent, actor, id, c, over or why, '', node)
end
