-- A contact has another number: its own calls are those of the person who answers there now.
-- use: packAttempts
local function carryAttempts(id, from, to)
  local kept, own, there = call('GET', P .. 'at:' .. from), {}, call('GET', P .. 'at:' .. to) or ''
  for line, contact in string.gmatch(kept or '', '(%d+\31[^\31\n]*\31([^\31]*)\31[^\n]*\n)') do
    if contact == id and not string.find(there, line, 1, true) then own[#own + 1] = line end
  end
  if #own > 0 then call('SET', P .. 'at:' .. to, packAttempts(there .. table.concat(own)), 'PX', '2678400000') end
end
