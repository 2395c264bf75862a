-- When the call was made with which a limit by contact, account or outcome is reached, counted from the newest; nil if it is
-- not within its window.
-- use: time, num, idOf
local function lastCounted(kept, limit, c)
  local outcomes, there = limit.outcomes, limit.outcomes == ''
  for one in string.gmatch(outcomes, '[^\30]+') do -- an id or an account that reads the same is looked at below
    there = there or string.find(kept, '\31' .. one .. '\31', 1, true)
  end
  if not there then return nil end
  local left, per, id, account = limit.most, limit.per, idOf(c), c.ac
  for at, outcome, contact, of in string.gmatch(kept, '(%d+)\31([^\31]*)\31([^\31]*)\31([^\n]*)\n') do
    at = num(at)
    if at <= NOW - limit.window then return nil end
    if (per == 'p' or per == 'c' and contact == id or per == 'a' and of == account)
      and (outcomes == '' or string.find(outcomes, '\30' .. outcome .. '\30', 1, true)) then
      left = left - 1
      if left == 0 then return at end
    end
  end
end
