-- Do-not-call: the number, and every contact that has it. One that is dialled finishes its call and closes then.
-- number is the sealed E.164 form, for the list.
-- use: loadContact, closeContact
local function blockNumber(token, number, actor, node)
  if token == '' then return end
  call('HSET', P .. 'dnc', token, number)
  local ids = call('SMEMBERS', P .. 'num:' .. token)
  table.sort(ids)
  for _, id in ipairs(ids) do
    local c = loadContact(id)
    if c and c.st ~= 'D' then closeContact(id, c, actor, 'dnc', node) end
  end
end
