-- session: what happens to an agent's hold when its socket or its node is gone, or it signs out.

-- The grace period: a reserved contact stays for it, a dialled one for its own lease, an undelivered one for its hour.
local function adrift(agent, why, grace)
  local a = call('HMGET', P .. 'ag:' .. agent, 'nd', 'h')
  local id, rid, delivered = grasp(a[2])
  if a[1] then call('SREM', P .. 'nag:' .. a[1], agent) end
  local c = holding({cid = id, rid = rid})
  local was = ''
  if c and c.st == 'R' and not unsaid(c) and delivered ~= '' then
    was = c.dl
    local deadline = I(math.min(num(c.dl), NOW + grace))
    call('HSET', P .. 'c:' .. id, 'dl', deadline)
    call('ZADD', P .. 'lease', deadline, id)
  end
  call('HSET', P .. 'ag:' .. agent, 'gr', I(NOW + grace), 'lc', why, 'gl', was)
  call('ZADD', P .. 'grace', I(NOW + grace), agent)
end

-- Signed out: what was only reserved goes back at once, what may have been dialled to review. No session remains.
local function signedOut(agent, actor, reason, node)
  local a = call('HMGET', P .. 'ag:' .. agent, 'nd', 'h', 'ep')
  local id, rid = grasp(a[2])
  local c = id and id ~= '' and load(id)
  if c and c.rid == rid then
    unhold(id, c)
    if c.st == 'D' or unsaid(c) then
      unsure(id, c, agent, actor, node)
    else
      back(id, c, 'lh', '')
      event('release', agent, actor, id, c, reason, '', node)
    end
  end
  if a[1] then call('SREM', P .. 'nag:' .. a[1], agent) end
  call('ZREM', P .. 'grace', agent)
  call('HSET', P .. 'ag:' .. agent, 'ep', I(math.max(num(a[3]) + 1, NOW)), 'nd', '', 'sid', '', 'gr', '', 'as', '', 'gl', '')
end
