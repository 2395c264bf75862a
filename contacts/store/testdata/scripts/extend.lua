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
local function one() -- extend.lua
  local agent, epoch, fingerprint, keep, node, named, step = unpack(ARGV)
  local r, a = begin()
  if r then return r end
  local c = holding(a)
  if not c or named ~= '' and named ~= a.cid then return remember({'contact_not_found'}) end
  if c.st == 'D' then return remember({'already_dialled'}) end
  local n, rid = string.match(c.ex, '^(%d+);(.*)$')
  if rid ~= a.rid then n = 0 end
  if num(n) >= 10 then return remember({'limit'}) end
  local deadline = int(num(c.dl) + num(step))
  call('HSET', 'ah:{default}:c:' .. a.cid, 'dl', deadline, 'ex', int(n + 1) .. ';' .. a.rid)
  call('ZADD', 'ah:{default}:lease', deadline, a.cid)
  return remember({'ok', a.cid, int(deadline - AGE + NOW)})
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
