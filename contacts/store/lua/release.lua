-- release: a supervisor takes a reserved contact back. One that a client may have dialled unsaid goes to review.
-- KEYS  agent record · stored reply
-- ARGV  1 agent · 2 actor · 3–5 as in lib
-- Reply ok id | not_held | dialled
local r = replay()
if r then return r end
local id, rid = grasp(call('HGET', KEYS[1], 'h'))
local c = holding({cid = id, rid = rid})
if not c then return remember({'not_held'}) end
if c.st == 'D' then return remember({'dialled'}) end
unhold(id, c, 'supervisor')
if unsaid(c) then
  unsure(id, c, ARGV[1], ARGV[2], ARGV[5])
else
  back(id, c, 'lh', '')
  event('release', ARGV[1], ARGV[2], id, c, 'supervisor', '', ARGV[5])
end
return remember({'ok', id})
