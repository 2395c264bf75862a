-- What was reserved from outside is looked at once more before it is shown to a session that serves these campaigns, as in
-- reserve. If it must not be now, it goes back.
-- use: move, endHold, event, barred, schedule
local function withheld(id, c, agent, serves, node)
  local why, due = barred(c)
  if not why and (serves == '' or string.find(serves, '\n' .. c.cp .. '\n', 1, true)) then return false end
  endHold(id, c)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '')
  if due then schedule(id, c, due, why) end
  event('release', agent, 'hub', id, c, 'undelivered', '', node)
  return true
end
