-- The time of the run, ms. NOW is that of the store's clock: what is told to people, the law, and the hours of the day. AGE is
-- that of the tenant's own clock, which goes on where the store's is put back (reap): whatever lasts so long, or comes after
-- something else; if that is set right again, by more than two minutes at once, it goes on from where it was. US is AGE in
-- µs. Times in keys are Unix ms as decimal strings, '' for none.
local TIME = call('TIME')
local OWN = call('HMGET', P .. 'age', 'mark', 'lag', 'most')
local US = TIME[1] * 1000000 + TIME[2]
local NOW = (US - US % 1000) / 1000
if OWN[2] then
  local mark, own = OWN[1] * 1000, US + OWN[2] * 1000
  US = own > mark + 120000000 and math.max(US, mark) or math.max(own, mark)
end
local AGE = (US - US % 1000) / 1000
