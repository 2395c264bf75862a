-- A campaign's rules of offering, packed by terms.Offer: paused;from;until;attempts a day;zone;which zones;week, the last
-- two missing where an older hub packed them. Its hours are week, or from and until, else any. Nobody configured it: none.
-- Read once for a run, in which nothing but campaign changes them; what is found out by them meanwhile is kept in the table.
local RULES = {}
local function offerRules(cp)
  if RULES[cp] then return RULES[cp] end
  local packed = call('HGET', P .. 'camp:' .. cp, 'offer')
  if not packed then packed = ';;;3;;strictest;' end
  local v = {limits = {}}
  v.paused, v.from, v.till, v.max, v.tz, v.zones, v.week =
    string.match(packed, '^([^;]*);([^;]*);([^;]*);([^;]*);([^;]*);?([^;]*);?(.*)$')
  RULES[cp] = v
  return v
end
