local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/remember.lua
local function remember(r)
  if KEYS[2] ~= 'ah:{default}:nokey' then
    local fingerprint, keep = ARGV[3], ARGV[4]
    call('SET', KEYS[2], fingerprint .. '\n' .. table.concat(r, '\n') .. '\n', 'PX', keep)
  end
  return r
end
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
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
-- lib/backToPool.lua
local function backToPool(id, c, ...)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '', ...)
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
-- lib/reviewDialled.lua
local function reviewDialled(id, c, agent, actor, node)
  local why, over = c.st == 'D' and 'no_outcome' or 'maybe_dialled', whyOver(c)
  if c.st ~= 'D' then
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
    ofCalled(agent, c, countAttempt, '')
    call('HSET', 'ah:{default}:c:' .. id, 'at', c.at, 'tc', c.tc)
  end
  move(id, c, over and 'X' or 'V', int(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', letTell(agent, id, c), 'why', over or why)
  event(over and 'block' or 'review', agent, actor, id, c, over or why, '', node)
end
-- lib/endSession.lua
local function endSession(agent, actor, reason, node)
  local a = call('HMGET', 'ah:{default}:ag:' .. agent, 'nd', 'h', 'ep')
  local id, rid = unpackHold(a[2])
  local c = id and id ~= '' and loadContact(id)
  if c and c.rid == rid then
    endHold(id, c)
    if c.st == 'D' or maybeDialled(c) then
      reviewDialled(id, c, agent, actor, node)
    else
      backToPool(id, c, 'lh', '')
      event('release', agent, actor, id, c, reason, '', node)
    end
  end
  if a[1] then call('SREM', 'ah:{default}:nag:' .. a[1], agent) end
  call('ZREM', 'ah:{default}:grace', agent)
  call('HSET', 'ah:{default}:ag:' .. agent, 'ep', int(math.max(num(a[3]) + 1, AGE)), 'nd', '', 'sid', '', 'gr', '', 'as', '', 'gl', '')
end
local function one() -- close_session.lua
  local agent, epoch, fingerprint, keep, node = unpack(ARGV)
  local r = begin()
  if r then return r end
  endSession(agent, agent, 'sign_out', node)
  call('HSET', KEYS[1], 'lc', 'signed_out')
  return remember({'ok'})
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
