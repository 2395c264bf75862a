-- When the contact may be called again: nil is now, else Unix ms. 'zones' is kept by the hubs: UTC offset in minutes, when
-- it changes, and to what.
-- use: time, num
local function nextOpening(c, rules)
  if not rules.from or rules.from == '' then return nil end
  local tz = c.tz ~= '' and c.tz or rules.tz
  local zone = call('HGET', P .. 'zones', tz)
  if not zone then return NOW + 3600000 end
  local off, change, after = string.match(zone, '^(-?%d+);(%d+);(-?%d+)$')
  off, change, after = num(off), num(change), num(after)
  if NOW >= change then off = after end
  local from, minute = num(rules.from), math.floor(NOW / 60000 + off) % 1440
  if minute >= from and minute < num(rules.till) then return nil end
  local at = (math.floor(NOW / 60000) + (from - minute) % 1440) * 60000
  if at >= change then at = at - (after - off) * 60000 end
  return at > NOW and at or NOW + 60000 -- a clock that is set back may have put it behind us
end
