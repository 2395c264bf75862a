-- The agent told what came of it: by its account, too, it may say later that the number is not to be called. Kept are the
-- last 500 at least.
local function rememberCall(agent, id, c)
  local key = P .. 'told:' .. agent
  if call('HSET', key, c.ac, id) == 1 and call('HLEN', key) >= 500 then call('RENAME', key, P .. 'past:' .. agent) end
end
