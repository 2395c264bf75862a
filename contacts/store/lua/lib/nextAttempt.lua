-- Attempts of the last 24 h stand in at, oldest first; nil if another one is allowed now, else when.
-- use: time, num
local function nextAttempt(c, most)
  local seen, first = 0, nil
  for t in string.gmatch(c.at, '%d+') do
    if num(t) > NOW - 86400000 then
      seen = seen + 1
      first = first or num(t)
    end
  end
  if seen < num(most) then return nil end
  return first + 86400000
end
