-- now: the time, for the places of a batch of contacts.
-- KEYS  '' · ''
-- ARGV  none
-- Reply µs
return {I(US)}
