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
local function one() -- set_state.lua
  local agent, epoch, fingerprint, keep, node, state = unpack(ARGV)
  local r = begin()
  if r then return r end
  call('HSET', KEYS[1], 'as', state)
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
