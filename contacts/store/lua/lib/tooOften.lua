-- Whether a person was called too often, or too lately, to be called now: nil if not, else the code, when that ends and the
-- rule, of several the one that holds longest. kept: at:<token>. The campaign's rules are packed by terms.Pace, those of the
-- law by terms.Limits: of each, as many calls of its kind as it lets be made within its window. Calls are read only as far
-- back as a rule looks.
-- use: time, num, idOf, attempts, offerRules, lawTexts
local function tooOften(c, kept)
  kept = attempts(c, kept)
  if not kept then return nil end
  local rules, wh = offerRules(c.cp), c.wh or ''
  local limits = rules.limits[wh]
  if not limits then
    local pace = call('HGET', P .. 'camp:' .. c.cp, 'pace') or 'm\31maxAttempts24h\31' .. rules.max .. '\03186400000\31p\31\n'
    if wh ~= '' then pace = pace .. (rawget(c, 'limits') or table.concat((lawTexts(wh, '#')))) end
    limits = {}
    for kind, name, most, window, per, outcomes in
      string.gmatch(pace, '(%a)\31([^\31]*)\31(%d+)\31(%d+)\31(%a)\31([^\n]*)\n') do
      limits[#limits + 1] = {kind = kind, name = name, most = num(most), window = num(window), per = per, outcomes = outcomes}
    end
    rules.limits[wh] = limits
  end
  local id, made, opens, code, rule = idOf(c), num(string.match(kept, '^%d+')), NOW, nil, nil
  local calls, more, state = {}, string.gmatch(kept, '(%d+)\31([^\31]*)\31([^\31]*)\31([^\n]*)\n')
  local function nth(i)
    if calls[i] == nil then
      local at, outcome, contact, account = more(state) -- the embedded store's Lua keeps the place there
      calls[i] = at and {at = num(at), outcome = outcome, contact = contact, account = account} or false
    end
    return calls[i]
  end
  -- Whether there is a call with one of some outcomes; an id that reads the same is looked at below.
  local function some(outcomes)
    for one in string.gmatch(outcomes, '[^\30]+') do
      if string.find(kept, '\31' .. one .. '\31', 1, true) then return true end
    end
    return outcomes == ''
  end
  for _, limit in ipairs(limits) do
    local per, outcomes, from = limit.per, limit.outcomes, NOW - limit.window
    local left, last, i = limit.most, nil, 1
    if left > made then -- fewer than it lets be made
    elseif per == 'p' and outcomes == '' then -- the one that counts is found without reading those before it
      last = num(string.match(kept, '^%d+\n' .. string.rep('[^\n]*\n', left - 1) .. '(%d+)'))
    elseif some(outcomes) then
      local one = nth(1)
      while left > 0 and one and one.at > from do
        if (per == 'p' or per == 'c' and one.contact == id or per == 'a' and one.account == c.ac)
          and (outcomes == '' or string.find(outcomes, '\30' .. one.outcome .. '\30', 1, true)) then
          left = left - 1
          if left == 0 then last = one.at end
        end
        i = i + 1
        one = nth(i)
      end
    end
    if last and last > from and last + limit.window > opens then
      opens, code, rule = last + limit.window, limit.kind == 'm' and 'too_many_attempts' or 'too_soon', limit.name
    end
  end
  -- A hundred are kept: what was before them may be forgotten, so nobody calls until the first of them is 30 days old.
  if made >= 100 then
    local last = num(string.match(kept, '^.*\n(%d+)[^\n]*\n$')) + 2592000000
    if last > opens then opens, code, rule = last, 'too_many_attempts', 'attemptsKept' end
  end
  if code then return code, opens, rule end
end
