-- The checks of a fetch, in order: why not, when it could be (then it is scheduled, not scanned again) and by which rule. The
-- caller has left out what the agent avoids. c.rules: its campaign's, if somebody read them.
-- use: time, num, offerRules, nextOpening
local function barred(c)
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
  local rules = rawget(c, 'rules') or offerRules(c.cp)
  c.rules = rules
  if rules.paused == '1' then return 'paused' end
  if c.wh == '!' then return 'not_matchable', NOW + 86400000 end -- of an old hub; a list may bring its number
  if c.bk ~= '' then
    -- use: onList
    local layer, till, never = onList(c)
    if layer then
      c.never = never
      return 'blocked', till, layer
    end
  end
  if (string.byte(c.wh) or 59) ~= 59 or rules.from .. rules.week ~= '' then -- ';': no region, no law
    local due = nextOpening(c, rules)
    if due then return c.rule == 'no_zone' and c.rule or 'outside_hours', due, c.rule end
  end
  local kept = c.pt ~= '' and call('GET', P .. 'at:' .. c.pt)
  if kept or c.at ~= '' then -- somebody called this person
    -- use: tooOften
    return tooOften(c, kept)
  end
end
