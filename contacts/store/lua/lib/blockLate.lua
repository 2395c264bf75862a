-- Blocking is never too late: who held a contact last may say so of the number that it had then, by id or by account,
-- whatever was told before. refuses says why the word does not block in a campaign. Returns the reply. A number that is on
-- the list stays there as it was.
-- use: prefix, loadContact, heldNumber, event, blockNumber
local function blockLate(agent, name, source, word, note, node, refuses)
  local function held(id)
    local c = id and loadContact(id)
    if c then return c, heldNumber(agent, c) end
  end
  local id = name
  local c, token, number = held(id)
  for _, key in ipairs({'told:', 'past:'}) do
    if not token then
      id = call('HGET', P .. key .. agent, name)
      c, token, number = held(id)
    end
  end
  if not token then return {'contact_not_found'} end
  local why = refuses(c.cp)
  if why then return {why} end
  if token ~= '' and call('HEXISTS', P .. 'dnc', token) == 0 then
    c.ag = ''
    event('outcome', agent, agent, id, c, word, note, node)
    blockNumber(token, number, agent, source, word, node)
  end
  return {'ok', id}
end
