-- The calls to a person, packed (packAttempts), or none: those to the contact's number from whatever contact and campaign,
-- which is kept (at:<token>), and the contact's own. Of its field at, what stands before ';' is in the key already; times
-- without one are of a store, or a node, that counted by contact.
local function attempts(c, kept)
  if c.at == '' then return kept end
  local own = string.match(c.at, '^.*;(.*)$') or c.at
  if own == '' then return kept end
  -- use: idOf, mergeAttempts
  return mergeAttempts(kept, idOf(c), c.ac, own, 1)
end
