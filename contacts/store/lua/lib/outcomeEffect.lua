-- Effect and delay of an outcome: the campaign's table over the default (OUTCOMES, from campaign.go); nil for an id of no
-- table, which closes if lenient is '1'. A callback time says more than an id.
-- use: outcomes
local function outcomeEffect(cp, result, callback, lenient)
  if result == '' and callback == '' then return 'wrapup' end
  local rule = result == '' and 'close;0' or call('HGET', P .. 'camp:' .. cp, 'o:' .. result) or OUTCOMES[result] or
    lenient == '1' and 'close;0'
  if not rule then return nil end
  if callback ~= '' then return 'callback' end
  return string.match(rule, '^(%a+);(%d+)$')
end
