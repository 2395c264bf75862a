-- A client that cannot say that it dials dials what it is shown: it is shown again what it holds by the checks of a fetch
-- alone. Where they say no, its hold ends as with its lease, and its last holder may still tell the outcome.
-- use: barred, endLease, whyOver
local function notAgain(id, c, node)
  if c.st ~= 'R' or not whyOver(c) and not barred(c) then return false end
  endLease(id, c, node)
  return true
end
