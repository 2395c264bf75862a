-- The reply to a request that was asked before, or nil.
-- use: repeated
local function replay()
  local v = KEYS[2] ~= P .. 'nokey' and call('GET', KEYS[2])
  return v and repeated(v) or nil
end
