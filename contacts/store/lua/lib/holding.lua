-- What the agent holds, if the lease is not over: contact record, or nil. The reservation id is in no other's hands.
-- use: time, num, loadContact
local function holding(a)
  if not a.cid or a.cid == '' then return nil end
  local c = loadContact(a.cid)
  if not c or c.rid ~= a.rid or num(c.dl) <= AGE then return nil end
  return c
end
