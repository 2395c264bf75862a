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
  local v = call('HMGET', key, 'st', 'cp', 'sc', 'dl', 'pt', 'pa', 'ty', 'pr', 'cb', 'sd', 'ce', 'why', 'tz', 'wh')
  if not v[1] then return nil end
  return setmetatable({key = key, st = v[1] or '', cp = v[2] or '', sc = v[3] or '', dl = v[4] or '', pt = v[5] or '', pa = v[6] or '', ty = v[7] or '', pr = v[8] or '', cb = v[9] or '', sd = v[10] or '', ce = v[11] or '', why = v[12] or '', tz = v[13] or '', wh = v[14] or ''}, LATER)
end
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
-- lib/stateSets.lua
local SETS = {S = 'sched', R = 'lease', D = 'lease', W = 'lease', V = 'review'}
-- lib/prefix.lua
local P = 'ah:{default}:'
-- lib/unplaced.lua
local function unplaced(tz, wh)
  if tz ~= '' or wh == '!' then return nil end
  local regions, zones = string.match(wh, '^([^;]*);([^;]*);')
  if not zones or zones == '' then return 'nowhere' end
  return string.find(zones, ',', 1, true) and string.find(regions, '?', 1, true) and 'country' or nil
end
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
local function one() -- import.lua
  local id, cp, priority, due, expiry, personal, kind, zone, token, lastFour, callback, account, shown, number, serves,
    arrival, before, unmade, where, bk, found = unpack(ARGV)
  local c = loadContact(id)
  if c then
    if serves ~= '' and not string.find(serves, '\n' .. c.cp .. '\n', 1, true) then return {'foreign'} end
    local refused = {X = 'closed', R = 'held', D = 'held', W = 'held'}
    if refused[c.st] then return {refused[c.st]} end
  end
  local made = call('SISMEMBER', 'ah:{default}:camps', cp) == 1
  if not made and unmade == 'refuse' then return {'no_campaign'} end
  if token ~= '' and call('HEXISTS', 'ah:{default}:dnc', token) == 1 then return {'blocked'} end
  if not made then
    call('SADD', 'ah:{default}:camps', cp)
    if unmade ~= '' then
      call('HSET', 'ah:{default}:camp:' .. cp, 'json', '{"state":"draft"}', 'paused', '1', 'draft', '1', 'offer', unmade)
    end
  end
  local fresh, was, from = not c, c and unplaced(c.tz, c.wh), c and c.cp
  local said, missed, listed, waits, stays = kind .. '\31' .. personal .. '\31' .. callback, false, false, nil
  if not fresh and (c.sd == said or kind == '0' and callback == '' and c.ce ~= '') then
    personal, kind, callback = c.pa, c.ty, c.cb
  elseif not fresh and c.sd ~= '' then
    call('HSET', 'ah:{default}:c:' .. id, 'sd', '')
  end
  if fresh then
    -- lib/lose.lua
    local function lose(key, id, st, cp)
      if call('ZREM', P .. key, id) == 0 then return end
      if cp then
        call('HINCRBY', 'ah:{default}:n:' .. cp, st .. '-', '1')
        for _, why in ipairs({'nowhere:', 'country:'}) do call('SREM', P .. why .. cp, id) end
      end
      call('HSET', 'ah:{default}:lost', id, (cp and '' or st) .. ';' .. int(NOW))
      return true
    end
    -- A record that was lost: what was left of it in sets would take the new one for the old.
    for key, st in pairs({['avail:' .. cp] = 'A', pcbdue = 'A', sched = 'S', lease = 'R', review = 'V'}) do
      local left = lose(key, id, st, key ~= 'pcbdue' and st == 'A' and cp or nil)
      if left and key == 'lease' and call('GET', 'ah:{default}:ph:' .. token) == id then call('DEL', 'ah:{default}:ph:' .. token) end
    end
    c = {st = '', cp = cp, pr = priority, pa = personal, ty = kind, pt = token, sk = '0'}
  elseif c.st ~= 'V' then
    -- Taken out of its sets as it was, put back as it is now.
    if c.st == 'A' then
      if isPersonal(c) then
        if kind == '2' and personal == c.pa then -- its owner has missed it for as long as before
          missed, listed = call('ZSCORE', 'ah:{default}:pcbdue', id), call('ZSCORE', 'ah:{default}:own:' .. c.pa, id)
        end
        call('ZREM', 'ah:{default}:pcb:' .. c.pa, id)
        call('ZREM', 'ah:{default}:pcbdue', id)
      else
        call('ZREM', 'ah:{default}:avail:' .. c.cp, id)
        local head = call('ZSCORE', 'ah:{default}:heads', c.cp)
        if head and num(c.sc) <= num(head) then rehead(c.cp) end
      end
    else
      call('ZREM', 'ah:{default}:sched', id)
      -- An earlier rule still holds it back, but not the hour of the day where the row says more about that.
      local says = cp ~= c.cp or zone ~= c.tz or where ~= c.wh or num(due) > NOW or num(c.dl) <= NOW
      stays = not (says and call('ZREM', 'ah:{default}:hours:' .. c.cp, id) == 1) and num(c.dl) > num(due)
        and c.why ~= 'blocked' and c.why ~= 'not_matchable'
      if stays then due = c.dl end
      if c.why ~= '' then
        call('ZREM', P .. c.why .. ':' .. c.cp, id)
        if stays and num(due) > NOW then waits = c.why else call('HSET', 'ah:{default}:c:' .. id, 'why', '') end
      end
    end
    if isPersonal(c) then call('ZREM', 'ah:{default}:own:' .. c.pa, id) end
    call('HINCRBY', 'ah:{default}:n:' .. c.cp, c.st .. '-', '1')
  end
  if c.pt ~= '' and c.pt ~= token then
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
    -- lib/carryAttempts.lua
    local function carryAttempts(id, from, to)
      local kept, own, there = call('GET', 'ah:{default}:at:' .. from), {}, call('GET', 'ah:{default}:at:' .. to) or ''
      for line, contact in string.gmatch(kept or '', '(%d+\31[^\31\n]*\31([^\31]*)\31[^\n]*\n)') do
        if contact == id and not string.find(there, line, 1, true) then own[#own + 1] = line end
      end
      if #own > 0 then call('SET', 'ah:{default}:at:' .. to, packAttempts(there .. table.concat(own)), 'PX', '2678400000') end
    end
    -- lib/keepNumber.lua
    local function keepNumber(id, c)
      if c.la == '' then return end
      local kept = c.la .. '\31' .. c.pt .. '\31' .. c.pn .. '\n'
      for holder, rest in string.gmatch(c.pb, '([^\31]*)\31([^\n]*)\n') do
        if holder ~= c.la then kept = kept .. holder .. '\31' .. rest .. '\n' end
      end
      call('HSET', 'ah:{default}:c:' .. id, 'la', '', 'pb', kept)
    end
    call('SREM', 'ah:{default}:num:' .. c.pt, id)
    carryAttempts(id, c.pt, token)
    keepNumber(id, c)
  end
  if before ~= '' then
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
    local key = 'ah:{default}:at:' .. token
    call('SET', key, mergeAttempts(call('GET', key), id, account, before, 1000), 'PX', '2678400000')
  end
  if token ~= '' then call('SADD', 'ah:{default}:num:' .. token, id) end
  if expiry ~= '' then call('ZADD', 'ah:{default}:exp', expiry, id) else call('ZREM', 'ah:{default}:exp', id) end
  if call('EXISTS', 'ah:{default}:layers') == 1 then
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
    call('HSET', 'ah:{default}:c:' .. id, 'bk', bk)
    local layer, till = onList({bk = bk, cp = cp, wh = where})
    if layer and num(due) < till then due, waits = int(till), 'blocked' end
  end
  local sc = c.sc
  if fresh or c.pr ~= priority then sc = int(newScore(priority, arrival)) end
  if c.st == 'V' then -- stays with the supervisor; its campaign cannot change meanwhile
    cp = c.cp
  else
    c.st, c.cp, c.pr, c.pa, c.ty, c.pt = '', cp, priority, personal, kind, token
    if due ~= '' and num(due) > NOW then
      move(id, c, 'S', due, 'dl', due)
      if not stays and waits ~= 'blocked' then call('HSET', 'ah:{default}:c:' .. id, 'nb', due) end
      if waits then call('ZADD', P .. waits .. ':' .. cp, waits == 'blocked' and int(US) or due, id) end
      if waits == 'blocked' then call('HSET', 'ah:{default}:c:' .. id, 'why', waits) end
    else
      move(id, c, 'A', sc, 'dl', '')
      if missed then call('ZADD', 'ah:{default}:pcbdue', missed, id) end
      if listed then call('ZADD', 'ah:{default}:own:' .. c.pa, listed, id) end
    end
  end
  local lost = unplaced(zone, where) or nil
  if was and (lost ~= was or cp ~= from) then call('SREM', P .. was .. ':' .. from, id) end
  if lost then call('SADD', P .. lost .. ':' .. cp, id) end -- one that an older hub loaded is not there yet
  call('HSET', 'ah:{default}:c:' .. id, 'cp', cp, 'sc', sc, 'pr', priority, 'xp', expiry, 'pa', personal, 'ty', kind, 'tz', zone,
    'pt', token, 'l4', lastFour, 'cb', callback, 'ac', account, 'im', shown, 'pn', number, 'wh', where, 'pl', found)
  return {fresh and 'accepted' or 'updated'}
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
