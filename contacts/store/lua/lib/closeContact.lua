-- Close from any state: withdrawn, dnc, expired. The holder is told; one who had dialled may still tell the outcome.
-- use: time, int, maybeDialled, move, endHold, event, letTell
local function closeContact(id, c, actor, why, node)
  if c.st == 'X' then return false end
  local agent, lh = c.ag, c.lh
  if agent ~= '' then
    if c.st == 'D' or maybeDialled(c) then lh = letTell(agent, id, c) end
    endHold(id, c, 'withdrawn')
  end
  move(id, c, 'X', int(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', lh, 'why', why)
  event('block', agent, actor, id, c, why, '', node)
  return true
end
