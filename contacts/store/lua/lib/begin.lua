-- How a script for an agent begins: the stored reply first, then the epoch (a retry comes from a new socket with a new one).
-- A store that knows only an older session has lost this one (failover): it rejoins, and asks again. Returns a reply to give,
-- or nil and what the agent's record says: of the hold its id, reservation, delivered at, pushed; and of the day.
-- use: num, unpackHold
local function begin()
  local stored = KEYS[2] ~= P .. 'nokey' and call('GET', KEYS[2])
  if stored then
    -- use: repeated
    return repeated(stored)
  end
  local epoch = ARGV[2]
  local v = call('HMGET', KEYS[1], 'ep', 'h', 'td')
  if v[1] ~= epoch then return {num(v[1]) < num(epoch) and 'forgotten' or 'stale_session'} end
  local a = {cid = '', rid = '', dv = '', pu = '', td = v[3] or ''}
  if v[2] and v[2] ~= '' then a.cid, a.rid, a.dv, a.pu = unpackHold(v[2]) end
  return nil, a
end
