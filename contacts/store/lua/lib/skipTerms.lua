-- What a skip for a reason means in a campaign: its delay;avoid;limit, each '' for the hub's own, nil where nobody configured
-- it, and of the reason 'n' (needs a note) and 'b' (blocks the number).
local function skipTerms(cp, reason)
  local rules = call('HMGET', P .. 'camp:' .. cp, 'skip', 's:' .. reason)
  if rules[1] or reason == '' then return rules[1], rules[2] or '' end
  -- use: reasons
  return nil, REASONS[reason] or ''
end
