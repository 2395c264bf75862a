-- Pack calls to a person, a line each: their number, then the lines, newest first: time, outcome, contact, account. Kept are
-- those of 30 days, the longest that a rule looks back, and the last hundred: more let nobody call, see tooOften.
-- use: time, int, num
local function packAttempts(text)
  local lines, at = {}, {}
  for line in string.gmatch(text, '%d+\31[^\n]*\n') do
    lines[#lines + 1] = line
    at[line] = num(string.match(line, '^%d+'))
  end
  table.sort(lines, function(a, b) return at[a] > at[b] end)
  while #lines > 100 or #lines > 0 and at[lines[#lines]] <= NOW - 2592000000 do lines[#lines] = nil end
  return int(#lines) .. '\n' .. table.concat(lines)
end
