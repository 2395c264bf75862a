-- clock: the time, for the scores of a batch of contacts.
-- KEYS  nokey · nokey
-- ARGV  none
-- Reply ok µs
-- use: time, int
return {'ok', int(US)}
