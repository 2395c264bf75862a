-- Back to where it is offered from: its own score in the pool.
-- use: move
local function backToPool(id, c, ...)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '', ...)
end
