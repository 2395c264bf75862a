-- A run is up to 16 calls of one script, done one after the other: what the script uses is made once for all of them. KEYS
-- and ARGV are those of the call in hand, two keys each; the last of all is P .. 'nokey', see run.command.
-- After an error, the embedded store's Lua cuts a function from the variables of the function around it, so take is a
-- function like those of a script.
local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
