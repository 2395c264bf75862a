-- A whole number as Redis reads it: Lua writes one of 15 digits with an exponent.
local function int(n) return string.format('%d', n) end
