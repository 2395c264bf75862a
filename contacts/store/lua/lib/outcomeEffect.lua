-- Effect and delay of an outcome: the campaign's table over the default (OUTCOMES, from campaign.go). A callback time says
-- more than an id.
-- use: outcomes
local function outcomeEffect(cp, result, callback)
  if callback ~= '' then return 'callback' end
  if result == '' then return 'wrapup' end
  local rule = call('HGET', P .. 'camp:' .. cp, 'o:' .. result) or OUTCOMES[result] or 'close;0'
  return string.match(rule, '^(%a+);(%d+)$')
end
