-- A callback from now on: its owner's alone, or with owner '' of anybody of the campaign. ce, the end of its time, says
-- that an agent agreed it with the person; sd is what the list had said of it, see import.
-- use: isPersonal
local function setCallback(id, c, owner, at, till)
  if isPersonal(c) then call('ZREM', P .. 'own:' .. c.pa, id) end
  if c.sd == '' then call('HSET', P .. 'c:' .. id, 'sd', c.ty .. '\31' .. c.pa .. '\31' .. c.cb) end
  c.ty, c.pa, c.cb = owner ~= '' and '2' or '1', owner, at
  call('HSET', P .. 'c:' .. id, 'ty', c.ty, 'pa', owner, 'cb', at, 'ce', till)
  if owner ~= '' then call('ZADD', P .. 'own:' .. owner, at, id) end
end
