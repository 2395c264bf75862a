-- Do-not-call: the number, and every contact that has it. One that is dialled finishes its call and closes then.
-- number is the sealed E.164 form, for the list; behind it stand the layer, since when, by whom, how and why. The first
-- word stays.
-- use: time, int, loadContact, closeContact
local function blockNumber(token, number, actor, source, reason, node)
  if token == '' then return end
  local entry = table.concat({number, 'own', int(NOW), actor, source, reason}, '\31')
  call('HSETNX', P .. 'dnc', token, entry)
  local ids = call('SMEMBERS', P .. 'num:' .. token)
  table.sort(ids)
  for _, id in ipairs(ids) do
    local c = loadContact(id)
    if c and c.st ~= 'D' then closeContact(id, c, actor, 'dnc', node) end
  end
end
