-- about: the campaign and the zone of a contact that an agent speaks of: the one it holds, or held last.
-- KEYS  agent record · ''
-- ARGV  1 agent · 2 account or id ('' for the held one)
-- Reply ok campaign zone | unknown
local id = grasp(call('HGET', KEYS[1], 'h'))
local c = id and id ~= '' and load(id)
if not c or ARGV[2] ~= '' and ARGV[2] ~= c.ac and ARGV[2] ~= id then
  id, c = told(ARGV[1], ARGV[2])
end
if not c then return {'unknown'} end
return {'ok', c.cp, c.tz}
