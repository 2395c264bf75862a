-- A campaign's rules of offering, packed by offerTerms in rules.go: paused;from;until;attempts a day;zone;which zones.
-- Nobody configured it: none.
local function offerRules(cp)
  local packed = call('HGET', P .. 'camp:' .. cp, 'offer')
  if not packed then return {max = '3', zones = 'strictest'} end
  local v = {}
  v.paused, v.from, v.till, v.max, v.tz, v.zones = string.match(packed, '^([^;]*);([^;]*);([^;]*);([^;]*);([^;]*);?(.*)$')
  return v
end
