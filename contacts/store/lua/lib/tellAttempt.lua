-- What came of the contact's last call, as far as one is kept.
-- use: idOf, attempts
local function tellAttempt(c, outcome)
  local kept = c.pt ~= '' and attempts(c, call('GET', P .. 'at:' .. c.pt))
  if not kept then return end
  local id = idOf(c)
  for at, was, rest in string.gmatch(kept, '(%d+)\31([^\31]*)(\31[^\n]*\n)') do
    if string.match(rest, '^\31([^\31]*)') == id then
      local from, to = string.find(kept, at .. '\31' .. was .. rest, 1, true)
      kept = string.sub(kept, 1, from - 1) .. at .. '\31' .. outcome .. rest .. string.sub(kept, to + 1)
      c.at = string.gsub(c.at, ';', '') .. ';'
      call('SET', P .. 'at:' .. c.pt, kept, 'PX', '2678400000')
      return
    end
  end
end
