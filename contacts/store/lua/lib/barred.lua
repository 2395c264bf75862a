-- The checks of a fetch, in order: why not, and when it could be (then it is scheduled, not scanned again). The caller has
-- left out what the agent avoids. c.rules: its campaign's, if somebody read them.
-- use: time, num, offerRules
local function barred(c)
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
  local rules = rawget(c, 'rules') or offerRules(c.cp)
  c.rules = rules
  if rules.paused == '1' then return 'paused' end
  if c.wh ~= '' or rules.from .. rules.week ~= '' then
    -- use: nextOpening
    local due = nextOpening(c, rules)
    if due then return 'outside_hours', due end
  end
  local kept = c.pt ~= '' and call('GET', P .. 'at:' .. c.pt)
  if kept or c.at ~= '' then -- somebody called this person
    -- use: tooOften
    local why, due = tooOften(c, kept)
    if why then return why, due end
  end
end
