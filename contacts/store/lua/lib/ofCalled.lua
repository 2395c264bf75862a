-- What is told of a call to a contact holds for the person who was called, too: a list may have brought another number since
-- the agent held it.
-- use: heldNumber
local function ofCalled(agent, c, tell, outcome)
  local function told() tell(c, outcome, c.pt ~= '' and call('GET', P .. 'at:' .. c.pt)) end
  local called = heldNumber(agent, c) or c.pt
  told()
  if called == c.pt then return end
  local pt, at, tc = c.pt, c.at, c.tc
  c.pt, c.at = called, ';'
  told()
  c.pt, c.at, c.tc = pt, at, tc
end
