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
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
-- lib/idOf.lua
local function idOf(c) return string.sub(c.key, #('ah:{default}:c:') + 1) end
-- lib/int.lua
local function int(n) return string.format('%d', n) end
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
-- lib/lastAttempt.lua
local function lastAttempt(c, kept)
  local id = idOf(c)
  for at, contact in string.gmatch(attempts(c, kept) or '', '(%d+)\31[^\31]*\31([^\31]*)\31[^\n]*\n') do
    if contact == id then return num(at) end
  end
  return 0
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
-- lib/eraseContact.lua
local function eraseContact(id, c, purge)
  local known, numbers = c.by, {c.pt}
  for _, agent in ipairs({c.lh, c.la}) do known = known .. '\n' .. agent .. '\n' end
  for agent, token in string.gmatch(c.pb, '([^\31]*)\31([^\31]*)\31[^\n]*\n') do
    known = known .. '\n' .. agent .. '\n'
    numbers[#numbers + 1] = token
  end
  for agent in string.gmatch(known, '[^\n]+') do
    call('ZREM', 'ah:{default}:avoid:' .. agent, id)
    for _, kind in ipairs({'last:', 'told:', 'past:'}) do
      if call('HGET', P .. kind .. agent, c.ac) == id then call('HDEL', P .. kind .. agent, c.ac) end
    end
  end
  if purge then numbers = {} end
  for _, token in ipairs(numbers) do
    local key = 'ah:{default}:at:' .. token
    local kept = token ~= '' and call('GET', key)
    if kept then
      local own = '(\n%d+\31[^\31\n]*\31)' .. string.gsub(id, '%W', '%%%0') .. '\31[^\n]*'
      local without = string.gsub(kept, own, '%1\31')
      if without ~= kept then call('SET', key, without, 'KEEPTTL') end
    end
  end
  call('ZREM', 'ah:{default}:closed:' .. c.cp, id)
  call('HINCRBY', 'ah:{default}:n:' .. c.cp, 'X-', '1')
  call('HDEL', 'ah:{default}:lost', id)
  call('DEL', 'ah:{default}:c:' .. id)
end
local function one() -- erase.lua
  local id, actor, node = unpack(ARGV)
  local c = loadContact(id)
  if not c then return {'not_found'} end
  local busy = c.st == 'D' or c.st == 'W' or c.st == 'R' and maybeDialled(c) or c.st == 'V' and c.lh ~= ''
  local kept = c.pt ~= '' and call('GET', 'ah:{default}:at:' .. c.pt) or nil
  if busy or lastAttempt(c, kept) > NOW - 86400000 then return {'dialled'} end
  if not closeContact(id, c, actor, 'erased', node) then
    c.ag = ''
    event('block', '', actor, id, c, 'erased', '', node)
  end
  eraseContact(id, c)
  return {'ok'}
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
