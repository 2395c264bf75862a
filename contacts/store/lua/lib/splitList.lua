-- A bucket's sections without the one of an id, and that one's bits, '' if it has none.
-- use: num
local function splitList(all, id)
  local others, bits, next, number = '', '', 1, num(id)
  while next < #all do
    local a, b, x, y = string.byte(all, next, next + 3)
    local till = next + 3 + x * 256 + y
    if a * 256 + b == number then
      bits = string.sub(all, next + 4, till)
    else
      others = others .. string.sub(all, next, till)
    end
    next = till + 1
  end
  return others, bits
end
