-- Whether a person was called too often, or too lately, to be called now: nil if not, else the code, when that ends and the
-- rule, of several the one that holds longest. kept: at:<token>. The campaign's rules are packed by terms.Pace, those of the
-- law by terms.Limits: of each, as many calls of its kind as it lets be made within its window.
-- use: time, num, attempts, offerRules
local function tooOften(c, kept)
  kept = attempts(c, kept)
  if not kept then return nil end
  local rules, wh = offerRules(c.cp), c.wh or ''
  local limits = rules.limits[wh]
  if not limits then
    local pace = call('HGET', P .. 'camp:' .. c.cp, 'pace') or 'm\31maxAttempts24h\31' .. rules.max .. '\03186400000\31p\31\n'
    local law = rawget(c, 'limits')
    if wh ~= '' and not law then
      -- use: lawTexts
      law = table.concat((lawTexts(wh, '#')))
    end
    limits = {}
    for kind, name, most, window, per, outcomes in
      string.gmatch(law and pace .. law or pace, '(%a)\31([^\31]*)\31(%d+)\31(%d+)\31(%a)\31([^\n]*)\n') do
      limits[#limits + 1] = {kind = kind, name = name, most = num(most), window = num(window), per = per, outcomes = outcomes}
    end
    rules.limits[wh] = limits
  end
  local made, opens, code, rule = num(string.match(kept, '^%d+')), NOW, nil, nil
  for i = 1, #limits do
    local limit, last = limits[i], nil
    if limit.most > made then -- fewer than it lets be made
    elseif limit.per == 'p' and limit.outcomes == '' then -- the one that counts is found without reading those before it
      local before = string.find(kept, '\n', 1, true)
      for _ = 2, limit.most do before = string.find(kept, '\n', before + 1, true) end
      last = num(string.match(kept, '^%d+', before + 1))
    else
      -- use: lastCounted
      last = lastCounted(kept, limit, c)
    end
    if last and last > NOW - limit.window and last + limit.window > opens then
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
