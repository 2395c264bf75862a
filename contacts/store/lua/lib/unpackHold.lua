-- What an agent's record says of its hold: id, reservation, delivered at, pushed from outside ('1'), and of the last one
-- that was taken away, its id and why. One field, because each would be looked for along the whole record.
local function unpackHold(h)
  return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$')
end
