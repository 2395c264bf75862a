-- When the contact may be called again: nil is now, else Unix ms. Now, c.cu is when its day ends. 'zones' is kept by the hubs:
-- a zone's UTC offset in minutes, then for each change when it is and the offset after. A zone without a row is never open.
-- use: time, int, num
local function nextOpening(c, rules)
  c.cu = ''
  if (c.wh or '') ~= '' or rules.from == '' and rules.week ~= '' or rules.from ~= '' and rules.zones == 'number' then
    -- Found by somebody else already: from when until when, and the law's limits (lib/learn.lua).
    local place = c.tz .. '\n' .. (c.wh or '')
    if rules.zones == 'number' then place = place .. '\n' .. (c.pl or '') end
    local known = c.cp and call('HGET', P .. 'open:' .. c.cp, place)
    if known then
      local from, till, limits = string.match(known, '^(%d+);(%d*);(.*)$')
      if NOW >= num(from) and (till == '' or NOW < num(till)) then
        c.cu, c.limits = till, limits
        return nil
      end
    end
    -- use: underLaw
    local due = underLaw(c, rules)
    if not due then c.place = place end
    return due
  end
  if rules.from == '' then return nil end
  local tz = c.tz ~= '' and c.tz or rules.tz
  local zone = call('HGET', P .. 'zones', tz)
  if not zone then
    c.rule = 'no_zone'
    return NOW + 3600000
  end
  c.rule = 'campaign'
  local off, change, after
  for n in string.gmatch(zone, '-?%d+') do
    n = num(n)
    if not off then off = n
    elseif not change then change = n
    elseif NOW < change then after = n break
    else off, change = n, nil end
  end
  local from, till, minute = num(rules.from), num(rules.till), math.floor(NOW / 60000 + off) % 1440
  -- The time that is so many minutes on, by a clock that may be another by then.
  local function on(minutes)
    local at = (math.floor(NOW / 60000) + minutes) * 60000
    if after and at >= change then at = at - (after - off) * 60000 end
    return at
  end
  if minute < from or minute >= till then
    local at = on((from - minute) % 1440)
    return at > NOW and at or NOW + 60000 -- a clock that is set back may have put it behind us
  end
  local ends = on(till - minute)
  c.cu = int(ends > NOW and ends or change)
end
