-- hours: may a person be called, by the packed texts of compile.go, which says how they are made? Shared by what gives and
-- what dials. texts: the person's regions' and, last, the campaign's. row: a zone's clock, offset;change;after;change;after …
-- in minutes and Unix ms. The answer is that of twin_test.go, its twin; a law is one look at a day's code, and one for its window.

-- A text's window of a day, from and until, and its flag (104 is h, 99 c). No text is right for a day outside its span.
local function law_day(text, day)
  local a, b, c, d, e = string.byte(text, 1, 5)
  local i, days = day - ((a * 64 + b) * 64 + c - 199728), d * 64 + e - 3120
  if i < 0 or i >= days then return 1440, 0, 48 end
  a, b = string.byte(text, 12 + 2 * i, 13 + 2 * i)
  local at = 12 + 2 * days + 9 * (a * 64 + b - 3120)
  a, b, c, d, e = string.byte(text, at, at + 4)
  return a * 64 + b - 3120, c * 64 + d - 3120, e
end

-- The rule that set an end of it: 5 for from, 7 for until.
local function law_rule(text, day, side)
  local a, b, c, d, e, f, g = string.byte(text, 1, 7)
  local i, days = day - ((a * 64 + b) * 64 + c - 199728), d * 64 + e - 3120
  if i < 0 or i >= days then return 'stale' end
  a, b = string.byte(text, 12 + 2 * i, 13 + 2 * i)
  local windows = 12 + 2 * days
  local at = windows + 9 * (a * 64 + b - 3120) + side
  local name = string.find(text, '|' .. string.sub(text, at, at + 1), windows + 9 * (f * 64 + g - 3120), true)
  return string.match(text, '^[^|]*', name + 3)
end

-- The strictest window of a day, and the texts that set its ends, nil for the campaign's rest: a holiday in any text closes
-- a campaign that rests on them.
local function law_window(texts, day)
  local from, till, by, off, holiday, rests = 0, 1440, '', '', false, false
  for i = 1, #texts do
    local f, t, flag = law_day(texts[i], day)
    if f > from then from, by = f, texts[i] end
    if t < till then till, off = t, texts[i] end
    if flag == 104 then holiday = true elseif flag == 99 then rests = true end
  end
  if holiday and rests then
    if from < 1440 then from, by = 1440, nil end
    if till > 0 then till, off = 0, nil end
  end
  return from, till, by, off
end

-- The ban that lasts longest of those that hold at a time, and when it ends: false for never. nil if there is none.
local function law_ban(texts, now)
  local rule, ends
  for i = 1, #texts do
    local text = texts[i]
    local a, b, c, d = string.byte(text, 8, 11)
    local at = ((a * 64 + b) * 64 + c) * 64 + d - 12782640
    while at > 0 and at < #text do
      local from, till, id, next = string.match(text, '^!(%d+),(%d*),([^!]*)()', at)
      at, till = next, tonumber(till) or false
      if tonumber(from) <= now and (not till or now < till) and (not rule or ends and (not till or till > ends)) then
        rule, ends = id, till
      end
    end
  end
  return rule, ends
end

-- When the next ban begins, nil for none.
local function law_ban_begins(texts, now)
  local first
  for i = 1, #texts do
    local a, b, c, d = string.byte(texts[i], 8, 11)
    local at = ((a * 64 + b) * 64 + c) * 64 + d - 12782640
    if at > 0 then
      for from in string.gmatch(string.sub(texts[i], at), '!(%d+),') do
        from = tonumber(from)
        if from > now and (not first or from < first) then first = from end
      end
    end
  end
  return first
end

-- A zone's offset at a time, and when it changes next, nil for never.
local function law_offset(row, now)
  local off, change, at = string.match(row, '^(-?%d+);?(%d*)()')
  while change ~= '' and now >= tonumber(change) do
    off, change, at = string.match(row, '^;(-?%d+);?(%d*)()', at)
  end
  return tonumber(off), tonumber(change)
end

-- nil if a call is allowed at a time in a zone, else the rule that forbids it.
local function law_forbids(texts, now, row)
  local ban = law_ban(texts, now)
  if ban then return ban end
  local wall = math.floor(now / 60000) + law_offset(row, now)
  local minute = wall % 1440
  local day = (wall - minute) / 1440
  local from, till, by, off = law_window(texts, day)
  if minute < from then return by and law_rule(by, day, 5) or 'campaign' end
  if minute >= till then return off and law_rule(off, day, 7) or 'campaign' end
end

-- The first allowed minute on the wall from one on; nil if there is none in 62 days.
local function law_minute(texts, wall)
  local today = math.floor(wall / 1440)
  for day = today, today + 62 do
    local from, till = law_window(texts, day)
    local open = math.max(day * 1440 + from, wall)
    if open < day * 1440 + till then return open end
  end
end

-- When a call is allowed in a zone, from a time on and until a last one, Unix ms; nil for not by then. Between two changes of
-- the clock the wall and the time run alike: an opening that is not before the change is looked for behind it.
local function law_opens(texts, now, row, last)
  while now <= last do
    local ban, ends = law_ban(texts, now)
    if ban then
      if not ends then return nil end
      now = ends
    else
      local off, change = law_offset(row, now)
      local wall = math.floor(now / 60000) + off
      local open = law_minute(texts, wall)
      if open == wall then return now end
      local at = open and (open - off) * 60000
      if change and (not at or at >= change) then at = change end
      if not at then return nil end
      now = at
    end
  end
end

-- The same for a person who may be in several zones: allowed in each.
local function law_opens_in(texts, now, rows)
  local last, i, agreed = now + 5356800000, 0, 0 -- 62 days
  while agreed < #rows do
    i = i % #rows + 1
    local at = law_opens(texts, now, rows[i], last)
    if not at then return nil end
    if at > now then now, agreed = at, 0 end
    agreed = agreed + 1
  end
  return now
end
