-- The agent lost it and may still tell what came of it: by its account too, of the one it held last with that account.
local function letTell(agent, id, c)
  call('HSET', P .. 'last:' .. agent, c.ac, id)
  return agent
end
