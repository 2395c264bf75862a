-- The pools of campaigns as one, best contact first, without a look at all of them. Returns a function that gives the next
-- contact that the agent does not avoid, and its record; nil at the end. Of each campaign it passes 256 that the agent
-- avoids, and then gives false and the score to go on from.
-- serves: campaigns in key form, each between line ends; '' is all. cut: the score to go on from, '' is the beginning.
-- heads: the first two, if they were read; look: the first campaign, if its first contact was looked at.
-- A campaign: ids are those read, more if others may follow; n were looked at. They stand behind left others from base on.
-- id and c are its contact, nil if nobody looked yet: it stands behind from. over: there is none. behind: something stays in
-- the pool before it, clean: only what the agent avoids; passed of them, the last is last, all until till, news if cur does
-- not say so.
-- use: time, int, num, loadContact, avoidsUntil, lose, rehead
local function candidates(serves, cut, agent, heads, look)
  local few, ended, known = serves ~= '' and #serves <= 256, heads and #heads < 2, {}
  heads = heads or {}
  local rank, at, begun, last, coming = #heads, 1, {look}, look, nil
  if look then known[look.cp] = true end

  -- The campaign with the next best first contact. One of few names is looked for among the best, then each by its name.
  local function head()
    while true do
      local cp = heads[at]
      at = at + 1
      if cp and not known[cp] and (serves == '' or string.find(serves, '\n' .. cp .. '\n', 1, true)) then
        known[cp] = true
        return {
          cp = cp, base = cut == '' and '-inf' or '(' .. cut, left = 0, ids = {}, more = true, n = 0, size = 1, passed = 0,
          clean = cut == '',
        }
      end
      if not cp then
        if ended then return nil end
        at = 1
        if few and (rank == 0 or rank > 8) then
          local ranks = {}
          heads, ended = {}, true
          for name in string.gmatch(serves, '[^\n]+') do
            ranks[name] = call('ZRANK', P .. 'heads', name) or nil
            if ranks[name] then heads[#heads + 1] = name end
          end
          table.sort(heads, function(a, b) return ranks[a] < ranks[b] end)
        else
          heads = call('ZRANGE', P .. 'heads', int(rank), int(rank + 7))
          rank, ended = rank + 8, #heads < 8
        end
      end
    end
  end

  -- What the agent avoids from a pool's beginning on is remembered in cur, until the first of it is not avoided any more or
  -- something is put before its end (front, in move).
  local function leap(k)
    k.leapt = true
    local seen = call('HGET', P .. 'cur:' .. agent, k.cp)
    if not seen then return end
    local score, ends, version = string.match(seen, '^([^;]*);([^;]*);(.*)$')
    if num(ends) <= AGE or version ~= (call('HGET', P .. 'front', 'v:' .. k.cp) or '0') then return end
    k.from, k.base, k.left, k.ids, k.n, k.size = score, '(' .. score, 0, {}, 0, 1
    k.till, k.news = math.min(k.till, num(ends)), false
    return true
  end

  -- Where the campaign's last one that was passed stands, whether it has a record or not.
  local function scoreAt(k)
    return call('HGET', P .. 'c:' .. k.last, 'sc') or call('ZSCORE', P .. 'avail:' .. k.cp, k.last) or ''
  end

  -- Remember it, once: where the campaign gives something, or ends.
  local function note(k)
    if k.clean and k.news then
      local score = scoreAt(k)
      local v = call('HMGET', P .. 'front', k.cp, 'v:' .. k.cp)
      if num(score) > num(v[1]) then call('HSET', P .. 'front', k.cp, score) end
      call('HSET', P .. 'cur:' .. agent, k.cp, score .. ';' .. int(k.till) .. ';' .. (v[2] or '0'))
    end
    k.clean = false
  end

  -- Go on to the campaign's next contact, or over what cur says.
  local function advance(k)
    local rules
    if k.c then
      rules = rawget(k.c, 'rules')
      k.left, k.behind = k.left + 1, true
    end
    k.id, k.c = nil, nil
    while k.passed < 256 do
      k.n = k.n + 1
      local id = k.ids[k.n]
      if id then
        local c = k.free[k.n] == nil and loadContact(id)
        local free = c and avoidsUntil(agent, id, c) or num(k.free[k.n])
        if free <= AGE then c = c or loadContact(id) end
        if c == nil then
          lose('avail:' .. k.cp, id, 'A', k.cp)
          rehead(k.cp, true)
        elseif free <= AGE then
          note(k)
          c.st, c.cp, c.rules = 'A', k.cp, rules
          local after = k.ids[k.n + 1]
          if k.behind then
            c.after = ''
          elseif cut == '' and (after or not k.more) then
            c.after = after or false
          end
          k.id, k.c = id, c
          return
        else
          k.till, k.news = math.min(k.till or free, free), true
          k.left, k.passed, k.behind, k.last = k.left + 1, k.passed + 1, true, id
          if k.clean and not k.leapt and leap(k) then return end
        end
      elseif k.more then
        k.size = math.min(32, 2 * k.size)
        k.ids, k.n = call('ZRANGEBYSCORE', P .. 'avail:' .. k.cp, k.base, '+inf', 'LIMIT', int(k.left), int(k.size)), 0
        k.more = #k.ids == k.size
        k.free = k.passed > 0 and #k.ids > 2 and call('ZMSCORE', P .. 'avoid:' .. agent, unpack(k.ids)) or {}
      else
        k.over = true
        return note(k)
      end
    end
    note(k)
    k.id, k.from = false, scoreAt(k)
  end

  local function scoreOf(k) return num(k.c and k.c.sc or k.from) end
  return function()
    if last then advance(last) end
    while true do
      local best
      for _, k in ipairs(begun) do
        if not k.over and (not best or scoreOf(k) < scoreOf(best)) then best = k end
      end
      -- A campaign is begun when its head is better than the best so far; heads are in order.
      if not best or best.behind or cut ~= '' then
        coming = coming or head()
        if coming and (not best or num(call('ZSCORE', P .. 'heads', coming.cp)) <= scoreOf(best)) then
          best, coming = coming, nil
          begun[#begun + 1] = best
        end
      end
      last = best
      if not best then return nil end
      if best.id ~= nil then return best.id, best.c or best.from end
      advance(best)
    end
  end
end
