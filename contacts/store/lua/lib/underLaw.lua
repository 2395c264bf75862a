-- nextOpening where more than one window a day decides: wh says where the person may be, the regions, the zones and the mode
-- of the call, between ';', '' for a contact that an older hub loaded; pl what that was found by: region, postal code and the
-- zones of the number alone, if they are others. The hours are those of the campaign and of the law of
-- each region, in each zone; law has its texts (package packs). c.rule is what forbids it.
-- use: time, int, num, law, lawTexts
local WEEKDAYS = '00010203040506'
local function underLaw(c, rules)
  local wh = c.wh or ''
  local texts, list = lawTexts(wh, '')
  local week = rules.week
  if week ~= '' or rules.from ~= '' then
    local function digits(n, places)
      local text = ''
      for _ = 1, places do
        text, n = string.char(48 + n % 64) .. text, math.floor(n / 64)
      end
      return text
    end
    if week == '' then week = string.rep(digits(num(rules.from), 2) .. digits(num(rules.till), 2) .. '00000', 7) end
    local first = math.floor(NOW / 86400000) - 2
    local at = (first + 4) % 7 * 2 -- 1970 began on a Thursday
    local days = string.sub(WEEKDAYS, at + 1) .. string.sub(WEEKDAYS, 1, at)
    texts[#texts + 1] = digits(first, 3) .. '16' .. '07' .. '0000' .. string.rep(days, 10) .. week .. '|00campaign|'
  end
  if #texts == 0 then return nil end
  local zones = {}
  local given = c.tz ~= '' and c.tz or rules.tz or ''
  if rules.zones == 'number' then -- wh has those of the number, if pl does not say which they are
    given, list = '', string.match(c.pl or '', '^[^;]*;[^;]*;(.+)$') or list
  end
  if given ~= '' and (rules.zones ~= 'strictest' or wh == '') then -- a military post has a region, and may be anywhere
    zones[1] = given
  else
    for zone in string.gmatch(list, '[^,]+') do zones[#zones + 1] = zone end
  end
  local rows = #zones > 0 and call('HMGET', P .. 'zones', unpack(zones)) or zones
  local clocks, seen = {}, {}
  for i = 1, math.max(1, #zones) do
    local row = rows[i]
    if not row then
      c.rule = 'no_zone'
      return NOW + 3600000
    end
    if not seen[row] then clocks[#clocks + 1], seen[row] = row, true end
  end
  local at = law_opens_in(texts, NOW, clocks)
  for i = 1, #clocks do
    if at ~= NOW then
      local rule = law_forbids(texts, NOW, clocks[i])
      if rule then
        c.rule = rule
        c.never = not at -- as far as the law is known
        return at or NOW + 86400000
      end
    else
      -- When this day ends: its clock may be another by then.
      local off, change = law_offset(clocks[i], NOW)
      local wall = math.floor(NOW / 60000) + off
      local midnight = wall - wall % 1440
      local _, till = law_window(texts, midnight / 1440)
      local ends = (midnight + till - off) * 60000
      if change and ends > change then
        local after = law_offset(clocks[i], change)
        ends = math.max(change, (midnight + till - after) * 60000)
      end
      if c.cu == '' or ends < num(c.cu) then c.cu = int(ends) end
    end
  end
  local ban = law_ban_begins(texts, NOW)
  if ban and c.cu ~= '' and ban < num(c.cu) then c.cu = int(ban) end
  return nil
end
