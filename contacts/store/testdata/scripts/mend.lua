local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/unpackHold.lua
local function unpackHold(h)
  return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$')
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
-- lib/prefix.lua
local P = 'ah:{default}:'
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
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
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
local function one() -- mend.lua
  local what, out, look = ARGV[1], {'ok'}, {}
  local function gone(id) return call('EXISTS', 'ah:{default}:c:' .. id) == 0 end
  local function isHeld(id)
    local st = call('HGET', 'ah:{default}:c:' .. id, 'st')
    return st == 'R' or st == 'D'
  end
  local function did(...) out[#out + 1] = table.concat({...}, ' ') end
  function look.agents(agent)
    local id, rid = unpackHold(call('HGET', 'ah:{default}:ag:' .. agent, 'h'))
    if id and id ~= '' and call('HGET', 'ah:{default}:c:' .. id, 'rid') ~= rid then -- gone, or brought back by a list since
      call('HSET', 'ah:{default}:ag:' .. agent, 'h', '')
      did('agent', agent, 'holds', id, 'no more')
    end
  end
  function look.phones(token)
    local id = call('GET', 'ah:{default}:ph:' .. token)
    if id and not isHeld(id) and call('DEL', 'ah:{default}:ph:' .. token) == 1 then did('the number of', id, 'is free') end
  end
  function look.numbers(token)
    for _, id in ipairs(call('SMEMBERS', 'ah:{default}:num:' .. token)) do
      if gone(id) and call('SREM', 'ah:{default}:num:' .. token, id) == 1 then did('num has', id, 'no more') end
    end
  end
  local kind, cp = string.match(what, '^([%l_]+):?(.*)$')
  local states = {sched = 'S', lease = 'R', review = 'V', pcb = 'A', pcbdue = 'A'}
  local function member(id)
    if not gone(id) or not call('ZSCORE', P .. what, id) then return end
    if kind == 'avail' or kind == 'closed' then
      lose(what, id, kind == 'avail' and 'A' or 'X', cp)
      if kind == 'avail' then rehead(cp, true) end
    elseif states[kind] then
      lose(what, id, states[kind])
    elseif kind == 'exp' or kind == 'own' or call('ZREM', 'ah:{default}:sched', id) == 0 then
      call('ZREM', P .. what, id)
    else -- it waits, and this says of which campaign
      lose(what, id, 'S', cp)
    end
    did(what, 'has', id, 'no more')
  end
  if what == 'lost' then
    for i = 2, #ARGV, 3 do
      local id, st, of = ARGV[i], ARGV[i + 1], ARGV[i + 2]
      if gone(id) then
        for _, why in ipairs({'nowhere:', 'country:'}) do call('SREM', P .. why .. of, id) end
      end
      if call('HDEL', 'ah:{default}:lost', id) == 1 and st ~= '' then
        call('HINCRBY', 'ah:{default}:n:' .. of, st .. '-', '1')
        did('contact', id, 'of', of, 'is counted no more')
      end
    end
    return out
  end
  for i = 2, #ARGV do (look[what] or member)(ARGV[i]) end
  return out
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
