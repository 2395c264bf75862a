-- What an agent's record says of its hold, see unpackHold.
local function packHold(id, rid, delivered, pushed)
  return id .. '\31' .. rid .. '\31' .. delivered .. '\31' .. pushed .. '\31\31'
end
