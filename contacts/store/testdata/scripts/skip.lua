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
    -- lib/isPersonal.lua
    local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
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
    -- lib/isPersonal.lua
    local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
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
-- lib/loadContact.lua
local LATER = {__index = function(c, field)
  local v = call('HGET', c.key, field) or ''
  c[field] = v
  return v
end}
local function loadContact(id)
  local key = 'ah:{default}:c:' .. id
  local v = call('HMGET', key, 'st', 'cp', 'rid', 'dl', 'by', 'l4', 'pt', 'ty', 'pr', 'tc')
  if not v[1] then return nil end
  return setmetatable({key = key, st = v[1] or '', cp = v[2] or '', rid = v[3] or '', dl = v[4] or '', by = v[5] or '', l4 = v[6] or '', pt = v[7] or '', ty = v[8] or '', pr = v[9] or '', tc = v[10] or ''}, LATER)
end
-- lib/holding.lua
local function holding(a)
  if not a.cid or a.cid == '' then return nil end
  local c = loadContact(a.cid)
  if not c or c.rid ~= a.rid or num(c.dl) <= AGE then return nil end
  return c
end
-- lib/skipTerms.lua
local function skipTerms(cp, reason)
  local rules = call('HMGET', 'ah:{default}:camp:' .. cp, 'skip', 's:' .. reason)
  if reason == '' then return rules[1], '' end
  if rules[1] then return rules[1], rules[2] or nil end
  local REASONS = {['bad_time']='', ['wrong_details']='', ['duplicate']='', ['known_person']='', ['other']='n', ['do_not_call']='b', }
  return nil, REASONS[reason]
end
local MIN_HOLD, SKIP_DELAY, SKIP_AVOID, SKIP_LIMIT = 0, 900000, 86400000, 5
local function one() -- skip.lua
  local agent, epoch, fingerprint, keep, node, named, account, reason, note = unpack(ARGV)
  local r, a = begin()
  if r then return r end
  local id, c = a.cid, holding(a)
  if not c or named ~= '' and named ~= id or account ~= '' and account ~= c.ac then
    local name = named ~= '' and named or account
    if name == '' then return remember({'contact_not_found'}) end
    -- lib/heldNumber.lua
    local function heldNumber(agent, c)
      if c.ag == agent or c.la == agent then return c.pt, c.pn end
      for holder, token, number in string.gmatch(c.pb, '([^\31]*)\31([^\31]*)\31([^\n]*)\n') do
        if holder == agent then return token, number end
      end
    end
    -- lib/maybeDialled.lua
    local function maybeDialled(c) return c.rid ~= '' and c.lg == c.rid end
    -- lib/letTell.lua
    local function letTell(agent, id, c)
      call('HSET', 'ah:{default}:last:' .. agent, c.ac, id)
      return agent
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
    return remember(blockLate(agent, name, 'skip', reason, note, node, function(cp)
      local _, is = skipTerms(cp, reason)
      if not is or not string.find(is, 'b', 1, true) then return 'contact_not_found' end
      if note == '' and string.find(is, 'n', 1, true) then return 'note_missing' end
    end))
  end
  if c.st == 'D' then return remember({'already_dialled'}) end
  if named == '' and account == '' and (a.pu == '1' or MIN_HOLD > 0) then
    local least = a.pu == '1' and math.max(MIN_HOLD, 1000) or MIN_HOLD
    if AGE - math.max(num(a.dv), num(string.match(c.rid, '^%d+'))) < least then return remember({'contact_not_found'}) end
  end
  local own, is = skipTerms(c.cp, reason)
  local delay, avoid, limit = SKIP_DELAY, SKIP_AVOID, SKIP_LIMIT
  local blocks, off = is and string.find(is, 'b', 1, true), ''
  if own then
    local d, w, l
    d, w, l, off = string.match(own, '^([^;]*);([^;]*);([^;]*)(.*)$')
    delay, avoid, limit = tonumber(d) or delay, tonumber(w) or avoid, tonumber(l) or limit
  end
  if not is then return remember({'unknown_reason'}) end
  if off == ';off' and not blocks then return remember({'skip_disabled'}) end
  if note == '' and string.find(is, 'n', 1, true) then return remember({'note_missing'}) end
  c.ag = agent
  if c.by == '' then
    c.by, c.sk = '\n' .. agent .. '\n', '1'
  elseif not string.find(c.by, '\n' .. agent .. '\n', 1, true) then
    c.by, c.sk = c.by .. agent .. '\n', int(num(c.sk) + 1)
  end
  endHold(id, c, nil, 'td', countDay(a.td, 2))
  if num(c.sk) >= limit then
    move(id, c, 'V', int(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', '', 'by', c.by, 'sk', c.sk, 'why', 'skip_limit')
  else
    local due = int(NOW + delay)
    move(id, c, 'S', due, 'ag', '', 'rid', '', 'dl', due, 'lh', '', 'by', c.by, 'sk', c.sk, 'sc', int(newScore(c.pr)))
  end
  if c.ty ~= '2' or c.pa ~= agent then call('ZADD', 'ah:{default}:avoid:' .. agent, int(AGE + avoid), id) end
  event('skip', agent, agent, id, c, reason, note, node)
  if blocks then
    -- lib/maybeDialled.lua
    local function maybeDialled(c) return c.rid ~= '' and c.lg == c.rid end
    -- lib/letTell.lua
    local function letTell(agent, id, c)
      call('HSET', 'ah:{default}:last:' .. agent, c.ac, id)
      return agent
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
    blockNumber(c.pt, c.pn, agent, 'skip', reason, node)
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
