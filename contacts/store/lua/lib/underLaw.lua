-- nextOpening for a contact of which it is known where the person may be: wh has the regions, the zones, behind '?' if the
-- country alone gave them, and the mode of the call, between ';'. The hours are those of the campaign and of the law of each
-- region, in each zone; law has its texts (package packs). c.rule is what forbids it.
-- use: time, int, num, law
local function underLaw(c, rules)
  local regions, guessed, list, mode = string.match(c.wh, '^([^;]*);(%??)([^;]*);(.*)$')
  local fields, texts, zones = {}, {}, {}
  for region in string.gmatch(regions, '[^,]+') do -- the first of four that is there holds
    local country, n = string.sub(region, 1, 3) .. '*', #fields
    fields[n + 1], fields[n + 2] = region .. '/' .. mode, region
    fields[n + 3], fields[n + 4] = country .. '/' .. mode, country
  end
  local found = #fields > 0 and call('HMGET', P .. 'law', unpack(fields)) or fields
  for i = 1, #fields, 4 do
    texts[#texts + 1] = found[i] or found[i + 1] or found[i + 2] or found[i + 3] or nil
  end
  if rules.from and rules.from ~= '' then
    local function digits(n, places)
      local text = ''
      for _ = 1, places do
        text, n = string.char(48 + n % 64) .. text, math.floor(n / 64)
      end
      return text
    end
    texts[#texts + 1] = digits(math.floor(NOW / 86400000) - 2, 3) .. digits(70, 2) .. '010000' .. string.rep('00', 70)
      .. digits(num(rules.from), 2) .. digits(num(rules.till), 2) .. '00000|00campaign|'
  end
  if #texts == 0 then return nil end
  local given = c.tz ~= '' and c.tz or rules.tz or ''
  if given ~= '' and (rules.zones ~= 'strictest' or guessed == '?') then
    zones[1] = given
  else
    for zone in string.gmatch(list, '[^,]+') do zones[#zones + 1] = zone end
    if given ~= '' then zones[#zones + 1] = given end
  end
  local rows = #zones > 0 and call('HMGET', P .. 'zones', unpack(zones)) or zones
  for i = 1, math.max(1, #zones) do
    if not rows[i] then
      c.rule = 'no_zone'
      return NOW + 3600000
    end
  end
  local at = law_opens_in(texts, NOW, rows)
  for i = 1, #rows do
    if at ~= NOW then
      c.rule = law_forbids(texts, NOW, rows[i])
      if c.rule then return at or NOW + 86400000 end
    else
      -- When this day ends: its clock may be another by then.
      local off, change = law_offset(rows[i], NOW)
      local wall = math.floor(NOW / 60000) + off
      local midnight = wall - wall % 1440
      local _, till = law_window(texts, midnight / 1440)
      local ends = (midnight + till - off) * 60000
      if change and ends > change then
        local after = law_offset(rows[i], change)
        ends = math.max(change, (midnight + till - after) * 60000)
      end
      if c.cu == '' or ends < num(c.cu) then c.cu = int(ends) end
    end
  end
  return nil
end
