-- The number that the contact had while the agent held it last: token and sealed; nil if another held it since. A list may
-- have brought another number meanwhile.
local function heldNumber(agent, c)
  if c.ag == agent or c.la == agent then return c.pt, c.pn end
  for holder, token, number in string.gmatch(c.pb, '([^\31]*)\31([^\31]*)\31([^\n]*)\n') do
    if holder == agent then return token, number end
  end
end
