-- mend: takes ids whose record is gone out of what stands beside the records. A few ids at a time, so that it can run on a live
-- system; what has a record is left alone.
-- KEYS  nokey · nokey
-- ARGV  1 what: agents, phones, numbers, lost, or the name of a sorted set · 2… ids in key form; of lost, which are counted
--       no more then: id, state, campaign and so on
-- Reply ok what was done…
-- use: unpackHold, lose, rehead, prefix
local what, out, look = ARGV[1], {'ok'}, {}
local function gone(id) return call('EXISTS', P .. 'c:' .. id) == 0 end
local function isHeld(id)
  local st = call('HGET', P .. 'c:' .. id, 'st')
  return st == 'R' or st == 'D'
end
local function did(...) out[#out + 1] = table.concat({...}, ' ') end
function look.agents(agent)
  local id, rid = unpackHold(call('HGET', P .. 'ag:' .. agent, 'h'))
  if id and id ~= '' and call('HGET', P .. 'c:' .. id, 'rid') ~= rid then -- gone, or brought back by a list since
    call('HSET', P .. 'ag:' .. agent, 'h', '')
    did('agent', agent, 'holds', id, 'no more')
  end
end
function look.phones(token)
  local id = call('GET', P .. 'ph:' .. token)
  if id and not isHeld(id) and call('DEL', P .. 'ph:' .. token) == 1 then did('the number of', id, 'is free') end
end
function look.numbers(token)
  for _, id in ipairs(call('SMEMBERS', P .. 'num:' .. token)) do
    if gone(id) and call('SREM', P .. 'num:' .. token, id) == 1 then did('num has', id, 'no more') end
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
  elseif kind == 'exp' or kind == 'own' or call('ZREM', P .. 'sched', id) == 0 then
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
    if call('HDEL', P .. 'lost', id) == 1 and st ~= '' then
      call('HINCRBY', P .. 'n:' .. of, st .. '-', '1')
      did('contact', id, 'of', of, 'is counted no more')
    end
  end
  return out
end
for i = 2, #ARGV do (look[what] or member)(ARGV[i]) end
return out
