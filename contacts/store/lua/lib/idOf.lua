-- The id of a contact that was loaded.
local function idOf(c) return string.sub(c.key, #(P .. 'c:') + 1) end
