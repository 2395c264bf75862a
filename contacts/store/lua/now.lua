-- now: the time, for the places of a batch of contacts.
-- KEYS  '' · ''
-- ARGV  none
-- Reply ok µs
return {'ok', I(US)}
