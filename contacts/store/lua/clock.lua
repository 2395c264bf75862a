-- clock: the store's time, and the tenant's own.
-- KEYS  nokey · nokey
-- ARGV  none
-- Reply ok µs µs
-- use: time, int
return {'ok', int(NOW * 1000), int(US)}
