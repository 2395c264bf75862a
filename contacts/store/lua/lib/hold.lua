-- Give it: from the pool or its schedule into the agent's hands; false if its number is in other hands already.
-- use: time, int, packHold, move, event, learn
local function hold(id, c, agent, nonce, lease, legacy, delivered, pushed, actor, node)
  if c.pt ~= '' and not call('SET', P .. 'ph:' .. c.pt, id, 'NX') then return false end
  local now = int(AGE)
  c.dl, c.ag, c.rid = int(AGE + lease), agent, now .. '.' .. nonce
  if legacy == '1' then
    move(id, c, 'R', c.dl, 'ag', agent, 'la', agent, 'rid', c.rid, 'dl', c.dl, 'lg', c.rid)
  else
    move(id, c, 'R', c.dl, 'ag', agent, 'la', agent, 'rid', c.rid, 'dl', c.dl)
  end
  call('HSET', P .. 'ag:' .. agent, 'h', packHold(id, c.rid, delivered and now or '', pushed))
  learn(c)
  event('reserve', agent, actor, id, c, '', '', node)
  return true
end
