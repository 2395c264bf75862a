-- One more attempt: the times of the last hundred, which is the most that a campaign may allow in a day, and the count.
-- use: time, int, num
local function countAttempt(c)
  local t = {}
  for at in string.gmatch(c.at .. ',' .. int(NOW), '%d+') do t[#t + 1] = at end
  c.at = table.concat(t, ',', math.max(1, #t - 99))
  c.tc = int(num(c.tc) + 1)
end
