-- Of a campaign that the agent serves no more, what is only reserved goes back: finish, not begin. What is dialled, or may
-- be, stays to be finished.
-- use: maybeDialled, endHold, event, backToPool
local function takenOff(id, c, agent, serves, node)
  if serves == '' or c.st ~= 'R' or maybeDialled(c) or string.find(serves, '\n' .. c.cp .. '\n', 1, true) then return false end
  endHold(id, c, 'not_served')
  backToPool(id, c, 'lh', '')
  event('release', agent, 'hub', id, c, 'not_served', '', node)
  return true
end
