-- Count the agent's day: dials, skips, outcomes, packed as day:d:s:o.
-- use: time, int, num
local function countDay(packed, at)
  local day, d, s, o = string.match(packed or '', '^(%d+):(%d+):(%d+):(%d+)$')
  local now = (NOW - NOW % 86400000) / 86400000
  if num(day) ~= now then day, d, s, o = int(now), '0', '0', '0' end
  if at == 1 then d = int(d + 1) elseif at == 2 then s = int(s + 1) elseif at == 3 then o = int(o + 1) end
  return day .. ':' .. d .. ':' .. s .. ':' .. o
end
