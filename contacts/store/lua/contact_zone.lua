-- contact_zone: the campaign, the zone and the whereabouts of a contact that an agent speaks of: the one it holds, or held last.
-- reads: wh
-- KEYS  agent record · nokey
-- ARGV  1 agent · 2 account or id ('' for the held one)
-- Reply ok campaign zone where | unknown
-- use: loadContact, unpackHold, findTellable
local agent, account = unpack(ARGV)
local id = unpackHold(call('HGET', KEYS[1], 'h'))
local c = id and id ~= '' and loadContact(id)
if not c or account ~= '' and account ~= c.ac and account ~= id then
  id, c = findTellable(agent, account)
end
if not c then return {'unknown'} end
return {'ok', c.cp, c.tz, c.wh}
