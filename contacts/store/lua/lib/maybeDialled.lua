-- Shown to a client that cannot say that it dials: it may have been dialled. The mark is the reservation's own.
local function maybeDialled(c) return c.rid ~= '' and c.lg == c.rid end
