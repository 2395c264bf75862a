-- A campaign's rules of offering, packed by terms.Offer: paused;from;until;attempts a day;zone;which zones;week, the last
-- two missing where an older hub packed them. Its hours are week, or from and until, else any. Nobody configured it: none.
local function offerRules(cp)
  local packed = call('HGET', P .. 'camp:' .. cp, 'offer')
  if not packed then return {max = '3', zones = 'strictest', from = '', week = ''} end
  local v = {}
  v.paused, v.from, v.till, v.max, v.tz, v.zones, v.week =
    string.match(packed, '^([^;]*);([^;]*);([^;]*);([^;]*);([^;]*);?([^;]*);?(.*)$')
  return v
end
