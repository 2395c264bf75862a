-- Until when the agent avoids it, false if it does not. Only what somebody skipped is avoided by anybody.
-- use: time, num
local function avoidsUntil(agent, id, c)
  local till = c.by ~= '' and num(call('ZSCORE', P .. 'avoid:' .. agent, id))
  return till and till > AGE and till
end
