-- When the contact was called last, as far as it is kept, else 0.
-- use: num, idOf, attempts
local function lastAttempt(c, kept)
  local id = idOf(c)
  for at, contact in string.gmatch(attempts(c, kept) or '', '(%d+)\31[^\31]*\31([^\31]*)\31[^\n]*\n') do
    if contact == id then return num(at) end
  end
  return 0
end
