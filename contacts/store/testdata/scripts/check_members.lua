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
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
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
-- lib/unpackHold.lua
local function unpackHold(h)
  return string.match(h or '', '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$')
end
-- lib/isPersonal.lua
local function isPersonal(c) return c.ty == '2' and c.pa ~= '' end
-- lib/stateSets.lua
local SETS = {S = 'sched', R = 'lease', D = 'lease', W = 'lease', V = 'review'}
-- lib/prefix.lua
local P = 'ah:{default}:'
local function one() -- check_members.lua
  local what, out, look = ARGV[1], {'ok'}, {}
  local function must(holds, ...) if not holds then out[#out + 1] = table.concat({...}, ' ') end end
  local function setOf(c)
    local pool = isPersonal(c) and 'pcb:' .. c.pa or 'avail:' .. c.cp
    return c.st == 'A' and pool or c.st == 'X' and 'closed:' .. c.cp or SETS[c.st]
  end
  local function isHeld(c) return c.st == 'R' or c.st == 'D' end
  local function isListed(c) return isPersonal(c) and (c.st == 'S' or c.st == 'A') end
  function look.contacts(id)
    local c = loadContact(id)
    if not c then return end
    local at, due = call('ZSCORE', P .. setOf(c), id), c.dl
    if c.st == 'A' then due = c.sc elseif c.st == 'V' or c.st == 'X' then due = at end
    -- What waits stands by the tenant's own clock, and by how much that was before the store's.
    local fits = at and (num(at) == num(due) or c.st == 'S' and num(at) > num(due) and num(at) <= num(due) + (OWN[3] or 0))
    must(fits, 'contact', id, 'is', c.st, 'but', setOf(c), 'has', tostring(at), 'not', due)
    local a = isHeld(c) and {unpackHold(call('HGET', 'ah:{default}:ag:' .. c.ag, 'h'))}
    must(isHeld(c) == (c.ag ~= '') and isHeld(c) == (c.rid ~= ''), 'contact', id, 'is', c.st, 'with holder', c.ag)
    must(not isHeld(c) or a[1] == id and a[2] == c.rid, 'contact', id, 'is held but not by the record of', c.ag)
    must(not isHeld(c) or c.pt == '' or call('GET', 'ah:{default}:ph:' .. c.pt) == id, 'contact', id, 'is held without a phone guard')
    must(not (c.st == 'A' and isPersonal(c)) or call('ZSCORE', 'ah:{default}:pcbdue', id), 'contact', id, 'is not in pcbdue')
    must(not isListed(c) or call('ZSCORE', 'ah:{default}:own:' .. c.pa, id), 'contact', id, 'is not in the list of', c.pa)
    must(c.pt == '' or (call('SISMEMBER', 'ah:{default}:num:' .. c.pt, id) == 1) == (c.st ~= 'X'), 'contact', id, 'is', c.st, 'against num')
    local waits = c.st == 'S' and c.why ~= ''
    must(not waits or call('ZSCORE', P .. c.why .. ':' .. c.cp, id), 'contact', id, 'is not in', c.why .. ':' .. c.cp)
    must(not waits or c.why ~= 'no_zone' or call('ZSCORE', 'ah:{default}:hours:' .. c.cp, id), 'contact', id, 'is not in', 'hours:' .. c.cp)
    must(c.xp == '' or c.st == 'X' or c.st == 'D' or c.st == 'W' or call('ZSCORE', 'ah:{default}:exp', id), 'contact', id, 'is not in exp')
  end
  function look.agents(agent)
    local a = call('HMGET', 'ah:{default}:ag:' .. agent, 'h', 'nd', 'gr')
    local id, rid = unpackHold(a[1])
    local c = id and id ~= '' and loadContact(id)
    must(not id or id == '' or c and isHeld(c) and c.ag == agent and c.rid == rid, 'agent', agent, 'points at', id or '')
    must(not a[2] or a[2] == '' or a[3] ~= '' or call('SISMEMBER', 'ah:{default}:nag:' .. a[2], agent) == 1, 'agent', agent, 'is not in nag')
  end
  function look.phones(token)
    local c = loadContact(call('GET', 'ah:{default}:ph:' .. token) or '')
    must(c and isHeld(c) and c.pt == token or call('EXISTS', 'ah:{default}:ph:' .. token) == 0, 'phone guard of nobody')
  end
  function look.numbers(token)
    for _, id in ipairs(call('SMEMBERS', 'ah:{default}:num:' .. token)) do
      local c = loadContact(id)
      must(c and c.pt == token and c.st ~= 'X', 'num has', id)
      must(c and (c.st == 'D' or call('HEXISTS', 'ah:{default}:dnc', token) == 0), 'contact', id, 'is open but blocked')
    end
  end
  function look.calls(token)
    local kept, n, newer = call('GET', 'ah:{default}:at:' .. token) or '0\n', 0, 1 / 0
    for at in string.gmatch(kept, '(%d+)\31[^\n]*\n') do
      must(num(at) <= newer, 'calls of a number are not in order')
      n, newer = n + 1, num(at)
    end
    must(n <= 100 and n == num(string.match(kept, '^%d+')), 'calls of a number are not as many as they say')
  end
  function look.nodes(node)
    for _, agent in ipairs(call('SMEMBERS', 'ah:{default}:nag:' .. node)) do
      must(call('HGET', 'ah:{default}:ag:' .. agent, 'nd') == node, 'nag of', node, 'has', agent)
    end
  end
  local function member(id)
    local c = call('ZSCORE', P .. what, id) and loadContact(id)
    if c == false then return end
    local fits = c and (what == setOf(c) or what == 'pcbdue' and c.st == 'A' and isPersonal(c) or what == 'exp' and c.st ~= 'X'
      or isListed(c) and what == 'own:' .. c.pa or c.st == 'S' and (what == 'hours:' .. c.cp or what == c.why .. ':' .. c.cp))
    must(fits, what, 'has', id, 'which is', c and c.st or 'no contact')
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
