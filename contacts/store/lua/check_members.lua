-- check_members: read-only. Looks at a few ids for what must never be, each by itself, so that it can run on a live system.
-- KEYS  nokey · nokey
-- ARGV  1 what: contacts, agents, phones, numbers, calls, nodes, totals, or the name of a sorted set · 2… ids in key form
-- Reply ok problem…
-- use: time, num, loadContact, unpackHold, isPersonal, stateSets, prefix
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
  local a = isHeld(c) and {unpackHold(call('HGET', P .. 'ag:' .. c.ag, 'h'))}
  must(isHeld(c) == (c.ag ~= '') and isHeld(c) == (c.rid ~= ''), 'contact', id, 'is', c.st, 'with holder', c.ag)
  must(not isHeld(c) or a[1] == id and a[2] == c.rid, 'contact', id, 'is held but not by the record of', c.ag)
  must(not isHeld(c) or c.pt == '' or call('GET', P .. 'ph:' .. c.pt) == id, 'contact', id, 'is held without a phone guard')
  must(not (c.st == 'A' and isPersonal(c)) or call('ZSCORE', P .. 'pcbdue', id), 'contact', id, 'is not in pcbdue')
  must(not isListed(c) or call('ZSCORE', P .. 'own:' .. c.pa, id), 'contact', id, 'is not in the list of', c.pa)
  must(c.pt == '' or (call('SISMEMBER', P .. 'num:' .. c.pt, id) == 1) == (c.st ~= 'X'), 'contact', id, 'is', c.st, 'against num')
  local waits = c.st == 'S' and c.why ~= ''
  must(not waits or call('ZSCORE', P .. c.why .. ':' .. c.cp, id), 'contact', id, 'is not in', c.why .. ':' .. c.cp)
  must(not waits or c.why ~= 'no_zone' or call('ZSCORE', P .. 'hours:' .. c.cp, id), 'contact', id, 'is not in', 'hours:' .. c.cp)
  must(c.xp == '' or c.st == 'X' or c.st == 'D' or c.st == 'W' or call('ZSCORE', P .. 'exp', id), 'contact', id, 'is not in exp')
end
function look.agents(agent)
  local a = call('HMGET', P .. 'ag:' .. agent, 'h', 'nd', 'gr')
  local id, rid = unpackHold(a[1])
  local c = id and id ~= '' and loadContact(id)
  must(not id or id == '' or c and isHeld(c) and c.ag == agent and c.rid == rid, 'agent', agent, 'points at', id or '')
  must(not a[2] or a[2] == '' or a[3] ~= '' or call('SISMEMBER', P .. 'nag:' .. a[2], agent) == 1, 'agent', agent, 'is not in nag')
end
function look.phones(token)
  local c = loadContact(call('GET', P .. 'ph:' .. token) or '')
  must(c and isHeld(c) and c.pt == token or call('EXISTS', P .. 'ph:' .. token) == 0, 'phone guard of nobody')
end
function look.numbers(token)
  for _, id in ipairs(call('SMEMBERS', P .. 'num:' .. token)) do
    local c = loadContact(id)
    must(c and c.pt == token and c.st ~= 'X', 'num has', id)
    must(c and (c.st == 'D' or call('HEXISTS', P .. 'dnc', token) == 0), 'contact', id, 'is open but blocked')
  end
end
function look.calls(token)
  local kept, n, newer = call('GET', P .. 'at:' .. token) or '0\n', 0, 1 / 0
  for at in string.gmatch(kept, '(%d+)\31[^\n]*\n') do
    must(num(at) <= newer, 'calls of a number are not in order')
    n, newer = n + 1, num(at)
  end
  must(n <= 100 and n == num(string.match(kept, '^%d+')), 'calls of a number are not as many as they say')
end
function look.nodes(node)
  for _, agent in ipairs(call('SMEMBERS', P .. 'nag:' .. node)) do
    must(call('HGET', P .. 'ag:' .. agent, 'nd') == node, 'nag of', node, 'has', agent)
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
