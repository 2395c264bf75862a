-- What a skip for a reason means in a campaign: its delay;avoid;limit, each '' for the hub's own, ';off' behind it where only
-- a reason that blocks is taken, nil where nobody configured it, and of the reason 'n' (needs a note) and 'b' (blocks the
-- number), nil for a reason that is none of the campaign's.
local function skipTerms(cp, reason)
  local rules = call('HMGET', P .. 'camp:' .. cp, 'skip', 's:' .. reason)
  if reason == '' then return rules[1], '' end
  if rules[1] then return rules[1], rules[2] or nil end
  -- use: reasons
  return nil, REASONS[reason]
end
