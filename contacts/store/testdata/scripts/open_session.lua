local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/time.lua
local TIME = call('TIME')
local OWN = call('HMGET', 'ah:{default}:age', 'mark', 'lag', 'most')
local US = TIME[1] * 1000000 + TIME[2]
local NOW = (US - US % 1000) / 1000
if OWN[2] then
  local mark, own = OWN[1] * 1000, US + OWN[2] * 1000
  US = own > mark + 120000000 and math.max(US, mark) or math.max(own, mark)
end
local AGE = (US - US % 1000) / 1000
-- lib/int.lua
local function int(n) return string.format('%d', n) end
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
-- lib/unpackHold.lua
local function unpackHold(h)
  return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$')
end
-- lib/packHold.lua
local function packHold(id, rid, delivered, pushed)
  return id .. '\31' .. rid .. '\31' .. delivered .. '\31' .. pushed .. '\31\31'
end
-- lib/countDay.lua
local function countDay(packed, at)
  local day, d, s, o = string.match(packed or '', '^(%d+):(%d+):(%d+):(%d+)$')
  local now = (NOW - NOW % 86400000) / 86400000
  if num(day) ~= now then day, d, s, o = int(now), '0', '0', '0' end
  if at == 1 then d = int(d + 1) elseif at == 2 then s = int(s + 1) elseif at == 3 then o = int(o + 1) end
  return day .. ':' .. d .. ':' .. s .. ':' .. o
end
-- lib/loadContact.lua
local LATER = {__index = function(c, field)
  local v = call('HGET', c.key, field) or ''
  c[field] = v
  return v
end}
local function loadContact(id)
  local key = 'ah:{default}:c:' .. id
  local v = call('HMGET', key, 'st', 'cp', 'sc', 'ag', 'rid', 'dl', 'by', 'sk', 'at', 'l4', 'pt', 'xp', 'pa', 'ty', 'tz', 'lg', 'lh', 'cb', 'im', 'pr', 'ex', 'ac', 'tc', 'why', 'pn', 'wh', 'bk')
  if not v[1] then return nil end
  return setmetatable({key = key, st = v[1] or '', cp = v[2] or '', sc = v[3] or '', ag = v[4] or '', rid = v[5] or '', dl = v[6] or '', by = v[7] or '', sk = v[8] or '', at = v[9] or '', l4 = v[10] or '', pt = v[11] or '', xp = v[12] or '', pa = v[13] or '', ty = v[14] or '', tz = v[15] or '', lg = v[16] or '', lh = v[17] or '', cb = v[18] or '', im = v[19] or '', pr = v[20] or '', ex = v[21] or '', ac = v[22] or '', tc = v[23] or '', why = v[24] or '', pn = v[25] or '', wh = v[26] or '', bk = v[27] or ''}, LATER)
end
-- lib/holding.lua
local function holding(a)
  if not a.cid or a.cid == '' then return nil end
  local c = loadContact(a.cid)
  if not c or c.rid ~= a.rid or num(c.dl) <= AGE then return nil end
  return c
end
-- lib/offerRules.lua
local RULES = {}
local function offerRules(cp)
  if RULES[cp] then return RULES[cp] end
  local packed = call('HGET', 'ah:{default}:camp:' .. cp, 'offer')
  if not packed then packed = ';;;3;;strictest;' end
  local v = {limits = {}}
  v.paused, v.from, v.till, v.max, v.tz, v.zones, v.week =
    string.match(packed, '^([^;]*);([^;]*);([^;]*);([^;]*);([^;]*);?([^;]*);?(.*)$')
  RULES[cp] = v
  return v
end
-- lib/nextOpening.lua
local function nextOpening(c, rules)
  c.cu = ''
  if (c.wh or '') ~= '' or rules.from == '' and rules.week ~= '' or rules.from ~= '' and rules.zones == 'number' then
    -- Found by somebody else already: from when until when, and the law's limits (lib/learn.lua).
    local place = c.tz .. '\n' .. (c.wh or '')
    if rules.zones == 'number' then place = place .. '\n' .. (c.pl or '') end
    local known = c.cp and call('HGET', 'ah:{default}:open:' .. c.cp, place)
    if known then
      local from, till, limits = string.match(known, '^(%d+);(%d*);(.*)$')
      if NOW >= num(from) and (till == '' or NOW < num(till)) then
        c.cu, c.limits = till, limits
        return nil
      end
    end
    local function law_day(text, day)
      local a, b, c, d, e = string.byte(text, 1, 5)
      local i, days = day - ((a * 64 + b) * 64 + c - 199728), d * 64 + e - 3120
      if i < 0 or i >= days then return 1440, 0, 48 end
      a, b = string.byte(text, 12 + 2 * i, 13 + 2 * i)
      local at = 12 + 2 * days + 9 * (a * 64 + b - 3120)
      a, b, c, d, e = string.byte(text, at, at + 4)
      return a * 64 + b - 3120, c * 64 + d - 3120, e
    end
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
    local function law_offset(row, now)
      local off, change, at = string.match(row, '^(-?%d+);?(%d*)()')
      while change ~= '' and now >= tonumber(change) do
        off, change, at = string.match(row, '^;(-?%d+);?(%d*)()', at)
      end
      return tonumber(off), tonumber(change)
    end
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
    local function law_minute(texts, wall)
      local today = math.floor(wall / 1440)
      for day = today, today + 62 do
        local from, till = law_window(texts, day)
        local open = math.max(day * 1440 + from, wall)
        if open < day * 1440 + till then return open end
      end
    end
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
    -- lib/lawTexts.lua
    local function lawTexts(wh, kind)
      local regions, zones, mode = string.match(wh, '^([^;]*);([^;]*);(.*)$')
      if mode then mode = string.lower(mode) end -- an older hub kept it as it was written
      local fields, texts = {}, {}
      for region in string.gmatch(regions or '', '[^,]+') do -- the first of four that is there holds
        local country, n = string.sub(region, 1, 3) .. '*', #fields
        fields[n + 1], fields[n + 2] = region .. '/' .. mode .. kind, region .. kind
        fields[n + 3], fields[n + 4] = country .. '/' .. mode .. kind, country .. kind
      end
      local found = #fields > 0 and call('HMGET', 'ah:{default}:law', unpack(fields)) or fields
      for i = 1, #fields, 4 do
        texts[#texts + 1] = found[i] or found[i + 1] or found[i + 2] or found[i + 3] or nil
      end
      return texts, zones or ''
    end
    -- lib/underLaw.lua
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
      local rows = #zones > 0 and call('HMGET', 'ah:{default}:zones', unpack(zones)) or zones
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
    local due = underLaw(c, rules)
    if not due then c.place = place end
    return due
  end
  if rules.from == '' then return nil end
  local tz = c.tz ~= '' and c.tz or rules.tz
  local zone = call('HGET', 'ah:{default}:zones', tz)
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
-- lib/shownFields.lua
local function shownFields(c)
  if not rawget(c, 'cu') then
    local rules = rawget(c, 'rules') or offerRules(c.cp)
    c.cu = ''
    if (string.byte(c.wh) or 59) ~= 59 or rules.from .. rules.week ~= '' then -- ';': no region, no law
      nextOpening(c, rules)
    end
  end
  return c.st, c.cp, int(num(c.dl) - AGE + NOW), c.xp, c.cb, c.ty, c.sk, c.tc, c.tz, c.ac, c.im, c.cu
end
-- lib/stateSets.lua
local SETS = {S = 'sched', R = 'lease', D = 'lease', W = 'lease', V = 'review'}
-- lib/prefix.lua
local P = 'ah:{default}:'
-- lib/rehead.lua
local function rehead(cp, left, first, mine, score)
  local head = mine and call('ZSCORE', 'ah:{default}:heads', cp)
  if head then
    if num(score) < num(head) then call('ZADD', 'ah:{default}:heads', score, cp) end
    return
  end
  if mine and call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then return end
  if first == nil then first = call('ZRANGE', 'ah:{default}:avail:' .. cp, '0', '0')[1] end
  if not first then return call('ZREM', 'ah:{default}:heads', cp) end
  local best = first == mine and score or call('HGET', 'ah:{default}:c:' .. first, 'sc') or call('ZSCORE', 'ah:{default}:avail:' .. cp, first)
  if left then return call('ZADD', 'ah:{default}:heads', 'XX', best, cp) end
  if call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then return call('ZREM', 'ah:{default}:heads', cp) end
  call('ZADD', 'ah:{default}:heads', best, cp)
end
-- lib/isPersonal.lua
local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
-- lib/move.lua
local function move(id, c, st, score, ...)
  local from = c.st
  if from == 'A' then
    if isPersonal(c) then
      call('ZREM', 'ah:{default}:pcb:' .. c.pa, id)
      call('ZREM', 'ah:{default}:pcbdue', id)
    else
      call('ZREM', 'ah:{default}:avail:' .. c.cp, id)
      local after = rawget(c, 'after')
      if after ~= '' then rehead(c.cp, true, after) end
    end
  elseif from == 'X' then
    call('ZREM', 'ah:{default}:closed:' .. c.cp, id)
  elseif SETS[from] and SETS[from] ~= SETS[st] then
    call('ZREM', P .. SETS[from], id)
  end
  if from == 'S' then
    call('ZREM', 'ah:{default}:hours:' .. c.cp, id)
    if c.why ~= '' then -- it waited for a check, which has a set of its own: see schedule
      call('ZREM', P .. c.why .. ':' .. c.cp, id)
      call('HSET', 'ah:{default}:c:' .. id, 'why', '')
    end
  end
  if st == 'A' then
    if isPersonal(c) then
      call('ZADD', 'ah:{default}:pcb:' .. c.pa, score, id)
      call('ZADD', 'ah:{default}:pcbdue', int(AGE + 1800000), id)
    else
      call('ZADD', 'ah:{default}:avail:' .. c.cp, score, id)
      rehead(c.cp, false, nil, id, score)
      local front = call('HGET', 'ah:{default}:front', c.cp)
      if front and num(score) <= num(front) then -- before what somebody has passed: see candidates
        call('HDEL', 'ah:{default}:front', c.cp)
        call('HINCRBY', 'ah:{default}:front', 'v:' .. c.cp, '1')
      end
    end
  elseif st == 'X' then
    call('ZADD', 'ah:{default}:closed:' .. c.cp, score, id)
    call('ZREM', 'ah:{default}:exp', id)
    if c.pt ~= '' then call('SREM', 'ah:{default}:num:' .. c.pt, id) end
    -- lib/unplaced.lua
    local function unplaced(tz, wh)
      if tz ~= '' or wh == '!' then return nil end
      local regions, zones = string.match(wh, '^([^;]*);([^;]*);')
      if not zones or zones == '' then return 'nowhere' end
      return string.find(zones, ',', 1, true) and string.find(regions, '?', 1, true) and 'country' or nil
    end
    local lost = unplaced(c.tz, c.wh)
    if lost then call('SREM', P .. lost .. ':' .. c.cp, id) end
  else
    call('ZADD', P .. SETS[st], st == 'S' and AGE > NOW and int(score + AGE - NOW) or score, id)
  end
  if c.ty == '2' and c.pa ~= '' then -- its owner's list, while nobody holds it
    if st == 'S' then
      call('ZADD', 'ah:{default}:own:' .. c.pa, score, id)
    elseif st == 'A' then
      call('ZADD', 'ah:{default}:own:' .. c.pa, 'LT', int(NOW), id)
    else
      call('ZREM', 'ah:{default}:own:' .. c.pa, id)
    end
  end
  if from ~= st then call('HINCRBY', 'ah:{default}:n:' .. c.cp, (from == '' and '-' or from) .. st, '1') end
  call('HSET', 'ah:{default}:c:' .. id, 'st', st, ...)
  c.st = st
end
-- lib/endHold.lua
local function endHold(id, c, cause, ...)
  call('HSET', 'ah:{default}:ag:' .. c.ag, 'h', cause and '\31\31\31\31' .. id .. '\31' .. cause or '', ...)
  if c.pt ~= '' then call('DEL', 'ah:{default}:ph:' .. c.pt) end
end
-- lib/event.lua
local function event(kind, agent, actor, id, c, reason, note, node)
  local seq, e = int(call('INCR', 'ah:{default}:seq')), kind .. '\31' .. agent .. '\31' .. actor .. '\31' ..
    c.cp .. '\31' .. id .. '\31' .. c.l4 .. '\31' .. reason .. '\31' .. note .. '\31' .. (c.ag ~= '' and c.rid or '') ..
    '\31' .. (c.sk ~= '' and c.sk or '0') .. '\31' .. node .. '\31' .. (c.tc ~= '' and c.tc or '0')
  if AGE == NOW then
    call('XADD', 'ah:{default}:ev', '*', 's', seq, 'e', e)
  else
    call('XADD', 'ah:{default}:ev', '*', 's', seq, 'e', e, 't', int(NOW) .. ';' .. int(AGE))
  end
end
-- lib/barred.lua
local function barred(c)
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
  local rules = rawget(c, 'rules') or offerRules(c.cp)
  c.rules = rules
  if rules.paused == '1' then return 'paused' end
  if c.wh == '!' then return 'not_matchable', NOW + 86400000 end -- of an old hub; a list may bring its number
  if c.bk ~= '' then
    -- lib/onList.lua
    local function onList(c)
      local bk = c.bk
      local all = bk ~= '' and call('HGET', 'ah:{default}:lists', string.sub(bk, 1, 11))
      if not all then return nil end
      local bit, next, name, ends = num(string.sub(bk, 12)), 1, nil, nil
      while next < #all do
        local a, b, x, y = string.byte(all, next, next + 3)
        local from, size, on = next + 4, x * 256 + y, false
        next = from + size
        if size == 1250 then
          on = math.floor(string.byte(all, from + math.floor(bit / 8)) / 2 ^ (bit % 8)) % 2 == 1
        else
          local low, high = 0, size / 2 - 1
          while low <= high and not on do
            local at = math.floor((low + high) / 2)
            local p, q = string.byte(all, from + 2 * at, from + 2 * at + 1)
            local there = p * 256 + q
            if there == bit then on = true elseif there < bit then low = at + 1 else high = at - 1 end
          end
        end
        if on then
          local scope = call('HGET', 'ah:{default}:layers', int(a * 256 + b)) or '' -- not put yet, or taken away: a word
          local layer, since, till, modes, campaigns, groups =
            string.match(scope, '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)$')
          local holds = layer and (since == '' or num(since) <= NOW) and (till == '' or NOW < num(till))
          if holds and modes ~= '' then
            local mode = string.match(c.wh or '', ';([^;]*)$') or ''
            holds = mode == '' or string.find(modes, '\n' .. string.lower(mode) .. '\n', 1, true)
          end
          if holds and campaigns .. groups ~= '' then
            local group = groups ~= '' and call('HGET', 'ah:{default}:camp:' .. c.cp, 'group') or ''
            holds = string.find(campaigns, '\n' .. c.cp .. '\n', 1, true)
              or group ~= '' and string.find(groups, '\n' .. group .. '\n', 1, true)
          end
          if holds and (not name or ends and (till == '' or num(till) > ends)) then
            name, ends = layer, till ~= '' and num(till) or nil
          end
        end
      end
      return name, ends or NOW + 2678400000, not ends
    end
    local layer, till, never = onList(c)
    if layer then
      c.never = never
      return 'blocked', till, layer
    end
  end
  if (string.byte(c.wh) or 59) ~= 59 or rules.from .. rules.week ~= '' then -- ';': no region, no law
    local due = nextOpening(c, rules)
    if due then return c.rule == 'no_zone' and c.rule or 'outside_hours', due, c.rule end
  end
  local kept = c.pt ~= '' and call('GET', 'ah:{default}:at:' .. c.pt)
  if kept or c.at ~= '' then -- somebody called this person
    -- lib/attempts.lua
    local function attempts(c, kept)
      if c.at == '' then return kept end
      local own = string.match(c.at, '^.*;(.*)$') or c.at
      if own == '' then return kept end
      -- lib/idOf.lua
      local function idOf(c) return string.sub(c.key, #('ah:{default}:c:') + 1) end
      -- lib/packAttempts.lua
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
      -- lib/mergeAttempts.lua
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
      return mergeAttempts(kept, idOf(c), c.ac, own, 1)
    end
    -- lib/tooOften.lua
    local function tooOften(c, kept)
      kept = attempts(c, kept)
      if not kept then return nil end
      local rules, wh = offerRules(c.cp), c.wh or ''
      local limits = rules.limits[wh]
      if not limits then
        local pace = call('HGET', 'ah:{default}:camp:' .. c.cp, 'pace') or 'm\31maxAttempts24h\31' .. rules.max .. '\03186400000\31p\31\n'
        local law = rawget(c, 'limits')
        if wh ~= '' and not law then
          -- lib/lawTexts.lua
          local function lawTexts(wh, kind)
            local regions, zones, mode = string.match(wh, '^([^;]*);([^;]*);(.*)$')
            if mode then mode = string.lower(mode) end -- an older hub kept it as it was written
            local fields, texts = {}, {}
            for region in string.gmatch(regions or '', '[^,]+') do -- the first of four that is there holds
              local country, n = string.sub(region, 1, 3) .. '*', #fields
              fields[n + 1], fields[n + 2] = region .. '/' .. mode .. kind, region .. kind
              fields[n + 3], fields[n + 4] = country .. '/' .. mode .. kind, country .. kind
            end
            local found = #fields > 0 and call('HMGET', 'ah:{default}:law', unpack(fields)) or fields
            for i = 1, #fields, 4 do
              texts[#texts + 1] = found[i] or found[i + 1] or found[i + 2] or found[i + 3] or nil
            end
            return texts, zones or ''
          end
          law = table.concat((lawTexts(wh, '#')))
        end
        limits = {}
        for kind, name, most, window, per, outcomes in
          string.gmatch(law and pace .. law or pace, '(%a)\31([^\31]*)\31(%d+)\31(%d+)\31(%a)\31([^\n]*)\n') do
          limits[#limits + 1] = {kind = kind, name = name, most = num(most), window = num(window), per = per, outcomes = outcomes}
        end
        rules.limits[wh] = limits
      end
      local made, opens, code, rule = num(string.match(kept, '^%d+')), NOW, nil, nil
      for i = 1, #limits do
        local limit, last = limits[i], nil
        if limit.most > made then -- fewer than it lets be made
        elseif limit.per == 'p' and limit.outcomes == '' then -- the one that counts is found without reading those before it
          local before = string.find(kept, '\n', 1, true)
          for _ = 2, limit.most do before = string.find(kept, '\n', before + 1, true) end
          last = num(string.match(kept, '^%d+', before + 1))
        else
          -- lib/idOf.lua
          local function idOf(c) return string.sub(c.key, #('ah:{default}:c:') + 1) end
          -- lib/lastCounted.lua
          local function lastCounted(kept, limit, c)
            local outcomes, there = limit.outcomes, limit.outcomes == ''
            for one in string.gmatch(outcomes, '[^\30]+') do -- an id or an account that reads the same is looked at below
              there = there or string.find(kept, '\31' .. one .. '\31', 1, true)
            end
            if not there then return nil end
            local left, per, id, account = limit.most, limit.per, idOf(c), c.ac
            for at, outcome, contact, of in string.gmatch(kept, '(%d+)\31([^\31]*)\31([^\31]*)\31([^\n]*)\n') do
              at = num(at)
              if at <= NOW - limit.window then return nil end
              if (per == 'p' or per == 'c' and contact == id or per == 'a' and of == account)
                and (outcomes == '' or string.find(outcomes, '\30' .. outcome .. '\30', 1, true)) then
                left = left - 1
                if left == 0 then return at end
              end
            end
          end
          last = lastCounted(kept, limit, c)
        end
        if last and last > NOW - limit.window and last + limit.window > opens then
          opens, code, rule = last + limit.window, limit.kind == 'm' and 'too_many_attempts' or 'too_soon', limit.name
        end
      end
      -- A hundred are kept: what was before them may be forgotten, so nobody calls until the first of them is 30 days old.
      if made >= 100 then
        local last = num(string.match(kept, '^.*\n(%d+)[^\n]*\n$')) + 2592000000
        if last > opens then opens, code, rule = last, 'too_many_attempts', 'attemptsKept' end
      end
      if code then return code, opens, rule end
    end
    return tooOften(c, kept)
  end
end
-- lib/schedule.lua
local function schedule(id, c, due, why)
  local hourly = why == 'outside_hours' or why == 'no_zone'
  if not hourly or c.st ~= 'A' or isPersonal(c) then
    if why == 'outside_hours' then
      move(id, c, 'S', int(due), 'dl', int(due))
    else
      move(id, c, 'S', int(due), 'dl', int(due), 'why', why)
      call('ZADD', P .. why .. ':' .. c.cp, why == 'blocked' and int(US) or int(due), id)
    end
    if hourly then call('ZADD', 'ah:{default}:hours:' .. c.cp, int(US), id) end
    return
  end
  local number = c.rules.zones == 'number'
  local here = c.tz .. c.wh .. (number and c.pl or '')
  local pool, found, dues, unplaced = 'ah:{default}:avail:' .. c.cp, int(US), {[here] = due}, {[here] = why == 'no_zone'}
  local gone, sched, hours, lost = {}, {}, {}, {}
  local rank = call('ZRANK', pool, id)
  for _, one in ipairs(call('ZRANGE', pool, int(rank), int(rank + 31))) do
    local v = call('HMGET', 'ah:{default}:c:' .. one, 'tz', 'wh', 'st')
    local tz, wh, pl = v[1] or '', v[2] or '', number and call('HGET', 'ah:{default}:c:' .. one, 'pl') or ''
    here = tz .. wh .. pl
    local at = v[3] and dues[here]
    if at == nil then
      local place = {tz = tz, wh = wh, pl = pl}
      at = nextOpening(place, c.rules) or false
      dues[here], unplaced[here] = at, place.rule == 'no_zone'
    end
    if at then
      at = int(at)
      local n = #gone
      gone[n + 1] = one
      sched[2 * n + 1], sched[2 * n + 2] = int(at + AGE - NOW), one
      hours[2 * n + 1], hours[2 * n + 2] = found, one
      if unplaced[here] then
        local m = #lost
        lost[m + 1], lost[m + 2] = at, one
        call('HSET', 'ah:{default}:c:' .. one, 'st', 'S', 'dl', at, 'why', 'no_zone')
      else
        call('HSET', 'ah:{default}:c:' .. one, 'st', 'S', 'dl', at)
      end
    end
  end
  call('ZREM', pool, unpack(gone))
  call('ZADD', 'ah:{default}:sched', unpack(sched))
  call('ZADD', 'ah:{default}:hours:' .. c.cp, unpack(hours))
  if #lost > 0 then call('ZADD', 'ah:{default}:no_zone:' .. c.cp, unpack(lost)) end
  call('HINCRBY', 'ah:{default}:n:' .. c.cp, 'AS', int(#gone))
  rehead(c.cp, true)
  c.st = 'S'
end
-- lib/withheld.lua
local function withheld(id, c, agent, serves, node)
  local why, due = barred(c)
  if not why and (serves == '' or string.find(serves, '\n' .. c.cp .. '\n', 1, true)) then return false end
  endHold(id, c)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '')
  if due then schedule(id, c, due, why) end
  event('release', agent, 'hub', id, c, 'undelivered', '', node)
  return true
end
-- lib/maybeDialled.lua
local function maybeDialled(c) return c.rid ~= '' and c.lg == c.rid end
-- lib/backToPool.lua
local function backToPool(id, c, ...)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '', ...)
end
-- lib/takenOff.lua
local function takenOff(id, c, agent, serves, node)
  if serves == '' or c.st ~= 'R' or maybeDialled(c) or string.find(serves, '\n' .. c.cp .. '\n', 1, true) then return false end
  endHold(id, c, 'not_served')
  backToPool(id, c, 'lh', '')
  event('release', agent, 'hub', id, c, 'not_served', '', node)
  return true
end
local function one() -- open_session.lua
  local agent, session, instance, legacy, node, ticket, token, lease, name, serves, silent = unpack(ARGV)
  local a = call('HMGET', KEYS[1], 'ep', 'sid', 'in', 'nd', 'gr', 'is', 'rv', 'kw', 'kn', 'lc', 'td', 'h', 'gl')
  for i = 1, 13 do a[i] = a[i] or '' end
  if num(ticket) <= 0 then ticket = int(AGE) end
  local live = a[4] ~= '' and a[5] == ''
  if a[7] ~= '' and num(token) < num(a[7]) then return {'revoked'} end
  if live and num(ticket) < num(a[6]) then return {'stale_ticket'} end
  local again = a[2] ~= '' and a[2] == session
  local same = instance ~= '' and instance == a[3]
  local window, kicks = num(a[8]), num(a[9])
  if live and not same and not again then
    if AGE - window > 600000 then window, kicks = AGE, 0 end
    if kicks >= 6 then return {'takeover_limit'} end
    kicks = kicks + 1
  end
  local epoch = again and a[1] or int(math.max(num(a[1]) + 1, AGE))
  local last = a[10]
  if live and not again then
    last = same and 'moved' or 'superseded'
    call('XADD', 'ah:{default}:ctl', '*', 'k', 'kick', 'a', agent, 's', a[2], 'c', same and '1012' or '4501', 'r', last)
  end
  if a[4] ~= '' then call('SREM', 'ah:{default}:nag:' .. a[4], agent) end
  call('SADD', 'ah:{default}:nag:' .. node, agent)
  local day = countDay(a[11])
  call('HSET', KEYS[1], 'ep', epoch, 'h', a[12], 'td', day, 'sid', session, 'in', instance, 'lg', legacy, 'nd', node, 'gr', '',
    'is', ticket, 'kw', int(window), 'kn', int(kicks), 'lc', '', 'since', int(NOW), 'name', name, 'gl', '', 'as', '',
    'serves', serves)
  call('ZREM', 'ah:{default}:grace', agent)
  call('ZREMRANGEBYSCORE', 'ah:{default}:avoid:' .. agent, '-inf', int(AGE))
  local id, rid, delivered = unpackHold(a[12])
  local c = holding({cid = id, rid = rid})
  local unshown = delivered == '' and (silent == '1' or c and withheld(id, c, agent, serves, node)) or
    delivered ~= '' and c and takenOff(id, c, agent, serves, node)
  if not c or unshown then return {'ok', epoch, day, last} end
  local deadline = num(c.dl)
  if delivered == '' then deadline = AGE + num(lease) end
  deadline = math.max(deadline, num(a[13]))
  if legacy == '1' and c.st == 'R' then
    deadline = math.max(deadline, AGE + num(lease))
    call('HSET', 'ah:{default}:c:' .. id, 'lg', rid)
  end
  c.dl = int(deadline)
  call('HSET', 'ah:{default}:c:' .. id, 'dl', c.dl)
  call('ZADD', 'ah:{default}:lease', c.dl, id)
  if delivered == '' then call('HSET', KEYS[1], 'h', packHold(id, rid, int(AGE), '')) end
  return {'ok', epoch, day, last, id, rid, shownFields(c)}
end
if #ALL == 3 then return one() end
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
