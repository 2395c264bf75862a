-- What the agent may still tell of, by id or by account: its id and record, or nil.
-- use: loadContact
local function findTellable(agent, account)
  local id = call('HGET', P .. 'last:' .. agent, account)
  local c = id and loadContact(id)
  if not c or c.lh ~= agent then id, c = account, loadContact(account) end
  if c and c.lh == agent then return id, c end
end
