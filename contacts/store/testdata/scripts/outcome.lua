local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/time.lua
local TIME = call('TIME')
local US = TIME[1] * 1000000 + TIME[2]
local NOW = (US - US % 1000) / 1000
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
  local v = call('HMGET', key, 'st', 'cp', 'sc', 'ag', 'rid', 'dl', 'by', 'sk', 'at', 'l4', 'pt', 'xp', 'pa', 'ty', 'tz', 'lg', 'lh', 'cb', 'im', 'pr', 'ex', 'ac', 'tc', 'why', 'pn')
  if not v[1] then return nil end
  return setmetatable({key = key, st = v[1] or '', cp = v[2] or '', sc = v[3] or '', ag = v[4] or '', rid = v[5] or '', dl = v[6] or '', by = v[7] or '', sk = v[8] or '', at = v[9] or '', l4 = v[10] or '', pt = v[11] or '', xp = v[12] or '', pa = v[13] or '', ty = v[14] or '', tz = v[15] or '', lg = v[16] or '', lh = v[17] or '', cb = v[18] or '', im = v[19] or '', pr = v[20] or '', ex = v[21] or '', ac = v[22] or '', tc = v[23] or '', why = v[24] or '', pn = v[25] or ''}, LATER)
end
-- lib/maybeDialled.lua
local function maybeDialled(c) return c.rid ~= '' and c.lg == c.rid end
-- lib/isPersonal.lua
local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
-- lib/setCallback.lua
local function setCallback(id, c, owner, at, till)
  if isPersonal(c) then call('ZREM', 'ah:{default}:own:' .. c.pa, id) end
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
      if first == nil then first = call('ZRANGE', 'ah:{default}:avail:' .. cp, '0', '0')[1] end
      if not first then return call('ZREM', 'ah:{default}:heads', cp) end
      score = first == mine and score or call('HGET', 'ah:{default}:c:' .. first, 'sc')
      if left then return call('ZADD', 'ah:{default}:heads', 'XX', score, cp) end
      if call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then return call('ZREM', 'ah:{default}:heads', cp) end
      call('ZADD', 'ah:{default}:heads', score, cp)
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
  if from == 'S' then call('ZREM', 'ah:{default}:hours:' .. c.cp, id) end
  if st == 'A' then
    -- lib/rehead.lua
    local function rehead(cp, left, first, mine, score)
      if first == nil then first = call('ZRANGE', 'ah:{default}:avail:' .. cp, '0', '0')[1] end
      if not first then return call('ZREM', 'ah:{default}:heads', cp) end
      score = first == mine and score or call('HGET', 'ah:{default}:c:' .. first, 'sc')
      if left then return call('ZADD', 'ah:{default}:heads', 'XX', score, cp) end
      if call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then return call('ZREM', 'ah:{default}:heads', cp) end
      call('ZADD', 'ah:{default}:heads', score, cp)
    end
    if isPersonal(c) then
      call('ZADD', 'ah:{default}:pcb:' .. c.pa, score, id)
      call('ZADD', 'ah:{default}:pcbdue', int(NOW + 1800000), id)
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
  else
    call('ZADD', P .. SETS[st], score, id)
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
  call('XADD', 'ah:{default}:ev', '*', 's', int(call('INCR', 'ah:{default}:seq')), 'e', kind .. '\31' .. agent .. '\31' .. actor .. '\31' ..
    c.cp .. '\31' .. id .. '\31' .. c.l4 .. '\31' .. reason .. '\31' .. note .. '\31' .. (c.ag ~= '' and c.rid or '') ..
    '\31' .. (c.sk ~= '' and c.sk or '0') .. '\31' .. node .. '\31' .. (c.tc ~= '' and c.tc or '0'))
end
-- lib/countDay.lua
local function countDay(packed, at)
  local day, d, s, o = string.match(packed or '', '^(%d+):(%d+):(%d+):(%d+)$')
  local now = (NOW - NOW % 86400000) / 86400000
  if num(day) ~= now then day, d, s, o = int(now), '0', '0', '0' end
  if at == 1 then d = int(d + 1) elseif at == 2 then s = int(s + 1) elseif at == 3 then o = int(o + 1) end
  return day .. ':' .. d .. ':' .. s .. ':' .. o
end
-- lib/countAttempt.lua
local function countAttempt(c)
  local t = {}
  for at in string.gmatch(c.at .. ',' .. int(NOW), '%d+') do t[#t + 1] = at end
  c.at = table.concat(t, ',', math.max(1, #t - 99))
  c.tc = int(num(c.tc) + 1)
end
-- lib/remember.lua
local function remember(r)
  if KEYS[2] ~= '' then
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
  local stored = KEYS[2] ~= '' and call('GET', KEYS[2])
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
-- lib/nextAttempt.lua
local function nextAttempt(c, most)
  local seen, first = 0, nil
  for t in string.gmatch(c.at, '%d+') do
    if num(t) > NOW - 86400000 then
      seen = seen + 1
      first = first or num(t)
    end
  end
  if seen < num(most) then return nil end
  return first + 86400000
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
local function blockNumber(token, number, actor, node)
  if token == '' then return end
  call('HSET', 'ah:{default}:dnc', token, number)
  local ids = call('SMEMBERS', 'ah:{default}:num:' .. token)
  table.sort(ids)
  for _, id in ipairs(ids) do
    local c = loadContact(id)
    if c and c.st ~= 'D' then closeContact(id, c, actor, 'dnc', node) end
  end
end
local OUTCOMES = {['0']='close;0', ['1']='retry;1800000', ['2']='close;0', ['3']='retry;900000', ['4']='callback;14400000', ['5']='block;0', ['6']='close;0', ['7']='retry;7200000', ['8']='retry;3600000', ['9']='close;0', }
local function one() -- outcome.lua
  local agent, epoch, fingerprint, keep, node, account, result, kind, callback, till, personal, note, wrapup,
    lenient = unpack(ARGV)
  local r, a = begin()
  if r then return r end
  local id, c = a.cid, a.cid ~= '' and loadContact(a.cid)
  if not c or c.rid ~= a.rid or account ~= c.ac and account ~= id then id, c = findTellable(agent, account) end
  if not c or kind == 'skip_close' and (c.ag ~= agent or num(c.dl) <= NOW) then return remember({'contact_not_found'}) end
  if kind == 'skip_close' and c.st == 'D' then return remember({'already_dialled'}) end
  if callback ~= '' and num(callback) <= NOW then return remember({'past'}) end
  local rule = result == '' and 'close;0' or call('HGET', 'ah:{default}:camp:' .. c.cp, 'o:' .. result) or OUTCOMES[result] or
    lenient == '1' and 'close;0'
  if not rule then return remember({'unknown_outcome'}) end
  local effect, delay = string.match(rule, '^(%a+);(%d+)$')
  if callback ~= '' then effect = 'callback' end
  if result == '' and callback == '' then effect = 'wrapup' end
  if effect ~= 'block' and (kind == 'skip_close' or whyOver(c)) then effect = 'close' end
  local mine, was = c.ag == agent, c.st
  local lh = effect == 'wrapup' and letTell(agent, id, c) or ''
  if mine or was ~= 'D' and was ~= 'X' and not maybeDialled(c) then
    local dials = kind == 'outcome' and was ~= 'D' and was ~= 'W' and (was ~= 'V' or c.why == 'maybe_dialled')
    if dials then countAttempt(c) end
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
      set[16] = int(NOW + num(wrapup))
      move(id, c, 'W', set[16], unpack(set))
    elseif effect == 'close' or effect == 'block' then
      move(id, c, 'X', int(NOW), unpack(set))
    else
      local at = callback ~= '' and num(callback) or NOW + num(delay)
      set[16] = int(math.max(at, nextAttempt(c, call('HGET', 'ah:{default}:camp:' .. c.cp, 'max') or '3') or 0))
      move(id, c, 'S', set[16], 'sc', int(newScore(c.pr)), unpack(set))
      if till == '' then till = int(at) end
      if effect == 'callback' then setCallback(id, c, personal == '1' and agent or '', int(at), till) end
    end
  else
    call('HSET', 'ah:{default}:c:' .. id, 'lh', lh) -- told once; what became of the contact meanwhile stays
  end
  if not mine then
    c.ag = ''
    if lh == '' then call('HDEL', 'ah:{default}:last:' .. agent, account) end
  end
  event(kind, agent, agent, id, c, result, note, node)
  if effect == 'block' then blockNumber(c.pt, c.pn, agent, node) end
  return remember({'ok', id})
end
if #ALL == 2 then return one() end
local function located(e)
  if type(e) ~= 'table' then return e end
  for level = 3, 6 do
    local _, at = pcall(error, '', level)
    if at ~= '' then return e.err .. ' on ' .. at end
  end
  return e.err
end
local out, n, size = {}, 0, #GIVEN * 2 / #ALL
for i = 1, #ALL / 2 do
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
