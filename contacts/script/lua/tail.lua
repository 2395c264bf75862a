-- The reply of a call alone is its own; of several, each has its length before it. An error of one is its own, too: '!' and
-- its text. That this is no primary any more is an error of all: go-redis then connects anew.
if #ALL == 3 then return one() end
-- Redis tells the line of an error that nobody catches, and of one of Lua's own; of a command's, error() does.
local function located(e)
  if type(e) ~= 'table' then return e end
  for level = 3, 6 do
    local _, at = pcall(error, '', level)
    if at ~= '' then return e.err .. ' on ' .. at end
  end
  return e.err
end
local out, n, size = {}, 0, #GIVEN * 2 / (#ALL - 1)
for i = 1, (#ALL - 1) / 2 do
  take({ALL[2 * i - 1], ALL[2 * i]}, {unpack(GIVEN, (i - 1) * size + 1, i * size)})
  local done, r = xpcall(one, located)
  if not done then
    r = {'!', r}
    if string.find(r[2], '^READONLY') then return redis.error_reply(r[2]) end
  end
  out[n + 1] = #r
  for j = 1, #r do out[n + 1 + j] = r[j] end
  n = n + 1 + #r
end
return out
