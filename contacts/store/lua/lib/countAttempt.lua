-- One more call to a person, with an outcome or '' for none yet; kept: at:<token>. The contact has its count, and in at the
-- times of the last day, for a node of an older version. The key goes when nobody looks back as far any more.
-- use: time, int, num, idOf, attempts
local function countAttempt(c, outcome, kept)
  c.tc = int(num(c.tc) + 1)
  local n, body = string.match(attempts(c, kept) or '0\n', '^(%d+)\n(.*)$')
  local recent = {}
  for at in string.gmatch(c.at .. ',' .. int(NOW), '%d+') do
    if c.pt == '' or num(at) > NOW - 86400000 then recent[#recent + 1] = at end
  end
  c.at = table.concat(recent, ',', math.max(1, #recent - 99))
  if c.pt == '' then return end
  c.at = c.at .. ';'
  local sorted = num(string.match(body, '^%d+')) <= NOW
  n, body = num(n) + 1, int(NOW) .. '\31' .. outcome .. '\31' .. idOf(c) .. '\31' .. c.ac .. '\n' .. body
  local packed = int(n) .. '\n' .. body
  if n > 100 or not sorted or num(string.match(body, '^.*\n(%d+)[^\n]*\n$')) <= NOW - 2592000000 then
    -- use: packAttempts
    packed = packAttempts(body)
  end
  call('SET', P .. 'at:' .. c.pt, packed, 'PX', '2678400000')
end
