-- The number that a field says, 0 for none.
local function num(s) return tonumber(s) or 0 end
