-- Put calls of a contact, by their times, to those that are packed. A time that one of the contact's own has already, as
-- exactly as the times are known (grain, ms), is that call.
-- use: num, packAttempts
local function mergeAttempts(kept, id, account, times, grain)
  local text, seen = kept or '', {}
  for at in string.gmatch(text, '(%d+)\31[^\31\n]*\31' .. string.gsub(id, '%W', '%%%0') .. '\31') do
    seen[math.floor(num(at) / grain)] = true
  end
  for at in string.gmatch(times, '%d+') do
    local which = math.floor(num(at) / grain)
    if not seen[which] then text = text .. at .. '\31\31' .. id .. '\31' .. account .. '\n' end
    seen[which] = true
  end
  return packAttempts(text)
end
