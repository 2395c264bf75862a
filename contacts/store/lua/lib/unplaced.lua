-- Why nobody knows where a person is, by its zone and its whereabouts: 'nowhere' where nothing is known, or no clock, 'country'
-- where no more is than a country of several clocks; nil of others. Contacts stand in a set by that word and campaign, while
-- they are open. terms.Unplaced says the same.
local function unplaced(tz, wh)
  if tz ~= '' or wh == '!' then return nil end
  local regions, zones = string.match(wh, '^([^;]*);([^;]*);')
  if not zones or zones == '' then return 'nowhere' end
  return string.find(zones, ',', 1, true) and string.find(regions, '?', 1, true) and 'country' or nil
end
