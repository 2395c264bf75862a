-- clock: the time, for the scores of a batch of contacts.
-- KEYS  '' · ''
-- ARGV  none
-- Reply µs
-- use: time, int
return {int(US)}
