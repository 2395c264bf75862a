-- Signed out: what was only reserved goes back at once, what may have been dialled to review. No session remains.
-- use: time, int, num, loadContact, unpackHold, maybeDialled, endHold, event, backToPool, reviewDialled
local function endSession(agent, actor, reason, node)
  local a = call('HMGET', P .. 'ag:' .. agent, 'nd', 'h', 'ep')
  local id, rid = unpackHold(a[2])
  local c = id and id ~= '' and loadContact(id)
  if c and c.rid == rid then
    endHold(id, c)
    if c.st == 'D' or maybeDialled(c) then
      reviewDialled(id, c, agent, actor, node)
    else
      backToPool(id, c, 'lh', '')
      event('release', agent, actor, id, c, reason, '', node)
    end
  end
  if a[1] then call('SREM', P .. 'nag:' .. a[1], agent) end
  call('ZREM', P .. 'grace', agent)
  call('HSET', P .. 'ag:' .. agent, 'ep', int(math.max(num(a[3]) + 1, AGE)), 'nd', '', 'sid', '', 'gr', '', 'as', '', 'gl', '')
end
