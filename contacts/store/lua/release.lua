-- release: a supervisor takes a reserved contact back. One that a client may have dialled without saying so goes to review.
-- KEYS  agent record · stored reply
-- ARGV  1 agent · 2 actor · 3–5 as in begin
-- Reply ok id | not_held | dialled
-- use: unpackHold, maybeDialled, endHold, event, remember, replay, holding, backToPool, reviewDialled
local agent, actor, fingerprint, keep, node = unpack(ARGV)
local r = replay()
if r then return r end
local id, rid = unpackHold(call('HGET', KEYS[1], 'h'))
local c = holding({cid = id, rid = rid})
if not c then return remember({'not_held'}) end
if c.st == 'D' then return remember({'dialled'}) end
endHold(id, c, 'supervisor')
if maybeDialled(c) then
  reviewDialled(id, c, agent, actor, node)
else
  backToPool(id, c, 'lh', '')
  event('release', agent, actor, id, c, 'supervisor', '', node)
end
return remember({'ok', id})
