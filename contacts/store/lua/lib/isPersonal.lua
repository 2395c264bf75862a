-- A callback of one agent's own.
local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
