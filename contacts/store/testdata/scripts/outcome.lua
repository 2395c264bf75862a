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
-- lib/newScore.lua
local function newScore(priority, at)
  US = US + 1
  return num(priority) * 8e14 + (num(at or US) - 1735689600000000)
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
-- lib/maybeDialled.lua
local function maybeDialled(c) return c.rid ~= '' and c.lg == c.rid end
-- lib/isPersonal.lua
local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
-- lib/setCallback.lua
local function setCallback(id, c, owner, at, till)
  if isPersonal(c) then call('ZREM', 'ah:{default}:own:' .. c.pa, id) end
  if c.sd == '' then call('HSET', 'ah:{default}:c:' .. id, 'sd', c.ty .. '\31' .. c.pa .. '\31' .. c.cb) end
  c.ty, c.pa, c.cb = owner ~= '' and '2' or '1', owner, at
  call('HSET', 'ah:{default}:c:' .. id, 'ty', c.ty, 'pa', owner, 'cb', at, 'ce', till)
  if owner ~= '' then call('ZADD', 'ah:{default}:own:' .. owner, at, id) end
end
-- lib/stateSets.lua
local SETS = {S = 'sched', R = 'lease', D = 'lease', W = 'lease', V = 'review'}
-- lib/prefix.lua
local P = 'ah:{default}:'
-- lib/move.lua
local function move(id, c, st, score, ...)
  local from = c.st
  if from == 'A' then
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
-- lib/countDay.lua
local function countDay(packed, at)
  local day, d, s, o = string.match(packed or '', '^(%d+):(%d+):(%d+):(%d+)$')
  local now = (NOW - NOW % 86400000) / 86400000
  if num(day) ~= now then day, d, s, o = int(now), '0', '0', '0' end
  if at == 1 then d = int(d + 1) elseif at == 2 then s = int(s + 1) elseif at == 3 then o = int(o + 1) end
  return day .. ':' .. d .. ':' .. s .. ':' .. o
end
-- lib/idOf.lua
local function idOf(c) return string.sub(c.key, #('ah:{default}:c:') + 1) end
-- lib/attempts.lua
local function attempts(c, kept)
  if c.at == '' then return kept end
  local own = string.match(c.at, '^.*;(.*)$') or c.at
  if own == '' then return kept end
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
-- lib/countAttempt.lua
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
    packed = packAttempts(body)
  end
  call('SET', 'ah:{default}:at:' .. c.pt, packed, 'PX', '2678400000')
end
-- lib/remember.lua
local function remember(r)
  if KEYS[2] ~= 'ah:{default}:nokey' then
    local fingerprint, keep = ARGV[3], ARGV[4]
    call('SET', KEYS[2], fingerprint .. '\n' .. table.concat(r, '\n') .. '\n', 'PX', keep)
  end
  return r
end
-- lib/unpackHold.lua
local function unpackHold(h)
  return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$')
end
-- lib/begin.lua
local function begin()
  local stored = KEYS[2] ~= 'ah:{default}:nokey' and call('GET', KEYS[2])
  if stored then
    -- lib/repeated.lua
    local function repeated(v)
      local r, fingerprint, keep = {}, ARGV[3], ARGV[4]
      for w in string.gmatch(v, '([^\n]*)\n') do r[#r + 1] = w end
      if table.remove(r, 1) ~= fingerprint then return {'request_id_reused'} end
      call('PEXPIRE', KEYS[2], keep)
      r[1] = '=' .. r[1]
      return r
    end
    return repeated(stored)
  end
  local epoch = ARGV[2]
  local v = call('HMGET', KEYS[1], 'ep', 'h', 'td')
  if v[1] ~= epoch then return {num(v[1]) < num(epoch) and 'forgotten' or 'stale_session'} end
  local a = {cid = '', rid = '', dv = '', pu = '', td = v[3] or ''}
  if v[2] and v[2] ~= '' then a.cid, a.rid, a.dv, a.pu = unpackHold(v[2]) end
  return nil, a
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
-- lib/lastAttempt.lua
local function lastAttempt(c, kept)
  local id = idOf(c)
  for at, contact in string.gmatch(attempts(c, kept) or '', '(%d+)\31[^\31]*\31([^\31]*)\31[^\n]*\n') do
    if contact == id then return num(at) end
  end
  return 0
end
-- lib/tellAttempt.lua
local function tellAttempt(c, outcome)
  local kept = c.pt ~= '' and attempts(c, call('GET', 'ah:{default}:at:' .. c.pt))
  if not kept then return end
  local id = idOf(c)
  for at, was, rest in string.gmatch(kept, '(%d+)\31([^\31]*)(\31[^\n]*\n)') do
    if string.match(rest, '^\31([^\31]*)') == id then
      local from, to = string.find(kept, at .. '\31' .. was .. rest, 1, true)
      kept = string.sub(kept, 1, from - 1) .. at .. '\31' .. outcome .. rest .. string.sub(kept, to + 1)
      c.at = string.gsub(c.at, ';', '') .. ';'
      call('SET', 'ah:{default}:at:' .. c.pt, kept, 'PX', '2678400000')
      return
    end
  end
end
-- lib/whyOver.lua
local function whyOver(c)
  if c.pt ~= '' and call('HEXISTS', 'ah:{default}:dnc', c.pt) == 1 then return 'dnc' end
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
end
-- lib/letTell.lua
local function letTell(agent, id, c)
  call('HSET', 'ah:{default}:last:' .. agent, c.ac, id)
  return agent
end
-- lib/findTellable.lua
local function findTellable(agent, account)
  local id = call('HGET', 'ah:{default}:last:' .. agent, account)
  local c = id and loadContact(id)
  if not c or c.lh ~= agent then id, c = account, loadContact(account) end
  if c and c.lh == agent then return id, c end
end
-- lib/closeContact.lua
local function closeContact(id, c, actor, why, node)
  if c.st == 'X' then return false end
  local agent, lh = c.ag, c.lh
  if agent ~= '' then
    if c.st == 'D' or maybeDialled(c) then lh = letTell(agent, id, c) end
    endHold(id, c, 'withdrawn')
  end
  move(id, c, 'X', int(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', lh, 'why', why)
  event('block', agent, actor, id, c, why, '', node)
  return true
end
-- lib/blockNumber.lua
local function blockNumber(token, number, actor, source, reason, node)
  if token == '' then return end
  local entry = table.concat({number, 'own', int(NOW), actor, source, reason}, '\31')
  call('HSETNX', 'ah:{default}:dnc', token, entry)
  local ids = call('SMEMBERS', 'ah:{default}:num:' .. token)
  table.sort(ids)
  for _, id in ipairs(ids) do
    local c = loadContact(id)
    if c and c.st ~= 'D' then closeContact(id, c, actor, 'dnc', node) end
  end
end
local OUTCOMES = {['0']='close;0', ['1']='retry;1800000', ['2']='close;0', ['3']='retry;900000', ['4']='callback;14400000', ['5']='block;0', ['6']='close;0', ['7']='retry;7200000', ['8']='retry;3600000', ['9']='close;0', }
-- lib/outcomeEffect.lua
local function outcomeEffect(cp, result, callback, lenient)
  if result == '' and callback == '' then return 'wrapup' end
  local rule = result == '' and 'close;0' or call('HGET', 'ah:{default}:camp:' .. cp, 'o:' .. result) or OUTCOMES[result] or
    lenient == '1' and 'close;0'
  if not rule then return nil end
  if callback ~= '' then return 'callback' end
  return string.match(rule, '^(%a+);(%d+)$')
end
-- lib/rememberCall.lua
local function rememberCall(agent, id, c)
  local key = 'ah:{default}:told:' .. agent
  if call('HSET', key, c.ac, id) == 1 and call('HLEN', key) >= 500 then call('RENAME', key, 'ah:{default}:past:' .. agent) end
end
-- lib/heldNumber.lua
local function heldNumber(agent, c)
  if c.ag == agent or c.la == agent then return c.pt, c.pn end
  for holder, token, number in string.gmatch(c.pb, '([^\31]*)\31([^\31]*)\31([^\n]*)\n') do
    if holder == agent then return token, number end
  end
end
-- lib/ofCalled.lua
local function ofCalled(agent, c, tell, outcome)
  local function told() tell(c, outcome, c.pt ~= '' and call('GET', 'ah:{default}:at:' .. c.pt)) end
  local called = heldNumber(agent, c) or c.pt
  told()
  if called == c.pt then return end
  local pt, at, tc = c.pt, c.at, c.tc
  c.pt, c.at = called, ';'
  told()
  c.pt, c.at, c.tc = pt, at, tc
end
local function one() -- outcome.lua
  local agent, epoch, fingerprint, keep, node, account, result, kind, callback, till, personal, note, wrapup,
    lenient = unpack(ARGV)
  local r, a = begin()
  if r then return r end
  local id, c = a.cid, a.cid ~= '' and loadContact(a.cid)
  if not c or c.rid ~= a.rid or account ~= c.ac and account ~= id then id, c = findTellable(agent, account) end
  if not c or kind == 'skip_close' and (c.ag ~= agent or num(c.dl) <= AGE) then
    -- lib/blockLate.lua
    local function blockLate(agent, name, source, word, note, node, refuses)
      local function held(id)
        local c = id and loadContact(id)
        if c then return c, heldNumber(agent, c) end
      end
      local id = name
      local c, token, number = held(id)
      for _, key in ipairs({'told:', 'past:'}) do
        if not token then
          id = call('HGET', P .. key .. agent, name)
          c, token, number = held(id)
        end
      end
      if not token then return {'contact_not_found'} end
      local why = refuses(c.cp)
      if why then return {why} end
      if token ~= '' and call('HEXISTS', 'ah:{default}:dnc', token) == 0 then
        c.ag = ''
        event('outcome', agent, agent, id, c, word, note, node)
        blockNumber(token, number, agent, source, word, node)
      end
      return {'ok', id}
    end
    return remember(blockLate(agent, account, kind, result, note, node, function(cp)
      return outcomeEffect(cp, result, callback) ~= 'block' and 'contact_not_found'
    end))
  end
  if kind == 'skip_close' and c.st == 'D' then return remember({'already_dialled'}) end
  if callback ~= '' then
    local at = num(callback)
    if at <= NOW then return remember({'past'}) end
    if at > NOW + 63158400000 then return remember({'too_far'}) end -- two years: a slip of the pen
    if c.xp ~= '' and at >= num(c.xp) then return remember({'expires', c.xp}) end
  end
  local effect, delay = outcomeEffect(c.cp, result, callback, lenient)
  if not effect then return remember({'unknown_outcome'}) end
  if kind == 'skip_close' and effect ~= 'block' and string.find(call('HGET', 'ah:{default}:camp:' .. c.cp, 'skip') or '', ';off', 1, true) then
    return remember({'skip_disabled'})
  end
  if effect ~= 'block' and (kind == 'skip_close' or whyOver(c)) then effect = 'close' end
  local mine, was = c.ag == agent, c.st
  local lh = effect == 'wrapup' and letTell(agent, id, c) or ''
  local function kept() return c.pt ~= '' and call('GET', 'ah:{default}:at:' .. c.pt) end
  local function uncounted() return num(string.match(c.lg, '^%d+')) > lastAttempt(c, kept()) end
  if mine or was ~= 'D' and was ~= 'X' and not maybeDialled(c) then
    local dials = kind == 'outcome' and was ~= 'D' and was ~= 'W' and (was ~= 'V' or c.why == 'maybe_dialled' and uncounted())
    if dials then
      ofCalled(agent, c, countAttempt, result)
    elseif kind == 'outcome' and result ~= '' then
      ofCalled(agent, c, tellAttempt, result)
    end
    if dials and mine and was == 'R' then event('dial', agent, agent, id, c, '', '', node) end
    if mine then
      endHold(id, c)
      local td = countDay(a.td, 3)
      call('HSET', KEYS[1], 'td', dials and countDay(td, 1) or td)
    elseif c.ag ~= '' then
      endHold(id, c, 'withdrawn')
      event('release', c.ag, agent, id, c, 'withdrawn', '', node)
    end
    local set = {'lh', lh, 'ag', '', 'rid', '', 'oc', result, 'at', c.at, 'tc', c.tc, 'why', '', 'dl', ''}
    if effect == 'wrapup' then
      set[16] = int(AGE + num(wrapup))
      move(id, c, 'W', set[16], unpack(set))
    elseif effect == 'close' or effect == 'block' then
      move(id, c, 'X', int(NOW), unpack(set))
    else
      local at = callback ~= '' and num(callback) or NOW + num(delay)
      local why, opens = tooOften(c, kept())
      local late = why and opens > at
      set[16] = int(late and opens or at)
      if late then set[14] = why end
      move(id, c, 'S', set[16], 'sc', int(newScore(c.pr)), 'nb', effect == 'callback' and int(at) or '', unpack(set))
      if late then call('ZADD', P .. why .. ':' .. c.cp, set[16], id) end
      if till == '' then till = int(at) end
      if effect == 'callback' then setCallback(id, c, personal == '1' and agent or '', int(at), till) end
    end
  else
    -- Told once; what became of the contact meanwhile stays. Who cannot say that it dials, and had it taken away, says it now.
    if was == 'X' and uncounted() then
      ofCalled(agent, c, countAttempt, result)
    elseif was ~= 'D' and result ~= '' then
      ofCalled(agent, c, tellAttempt, result)
    end
    call('HSET', 'ah:{default}:c:' .. id, 'lh', lh, 'at', c.at, 'tc', c.tc)
  end
  if not mine then
    c.ag = ''
    if lh == '' then call('HDEL', 'ah:{default}:last:' .. agent, account) end
  end
  event(kind, agent, agent, id, c, result, note, node)
  if lh == '' then rememberCall(agent, id, c) end
  if effect == 'block' then
    local token, number = heldNumber(agent, c)
    blockNumber(token or c.pt, number or c.pn, agent, kind, result, node)
  end
  return remember({'ok', id})
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
