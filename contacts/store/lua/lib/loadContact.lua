-- A contact's record, nil if there is none. The fields below, or those of the script's own "reads" line, are read with one
-- command; any other is read when it is first looked at, so the list is a matter of speed alone. FIELDS are their names,
-- VALUES their values: a table that is made in one go costs half of one that grows.
-- reads: st cp sc ag rid dl by sk at l4 pt xp pa ty tz lg lh cb im pr ex ac tc why pn wh bk
local LATER = {__index = function(c, field)
  local v = call('HGET', c.key, field) or ''
  c[field] = v
  return v
end}
local function loadContact(id)
  local key = P .. 'c:' .. id
  local v = call('HMGET', key, FIELDS)
  if not v[1] then return nil end
  return setmetatable({key = key, VALUES}, LATER)
end
