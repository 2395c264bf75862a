-- The grace period: a reserved contact stays for it, a dialled one for its own lease, an undelivered one for its hour.
-- use: time, int, num, unpackHold, maybeDialled, holding
local function startGrace(agent, why, grace)
  local a = call('HMGET', P .. 'ag:' .. agent, 'nd', 'h')
  local id, rid, delivered = unpackHold(a[2])
  if a[1] then call('SREM', P .. 'nag:' .. a[1], agent) end
  local c = holding({cid = id, rid = rid})
  local was = ''
  if c and c.st == 'R' and not maybeDialled(c) and delivered ~= '' then
    was = c.dl
    local deadline = int(math.min(num(c.dl), AGE + grace))
    call('HSET', P .. 'c:' .. id, 'dl', deadline)
    call('ZADD', P .. 'lease', deadline, id)
  end
  call('HSET', P .. 'ag:' .. agent, 'gr', int(AGE + grace), 'lc', why, 'gl', was)
  call('ZADD', P .. 'grace', int(AGE + grace), agent)
end
