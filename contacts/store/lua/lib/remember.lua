-- Keep the reply of a request that has an id, for who asks again, and give it.
local function remember(r)
  if KEYS[2] ~= P .. 'nokey' then
    local fingerprint, keep = ARGV[3], ARGV[4]
    call('SET', KEYS[2], fingerprint .. '\n' .. table.concat(r, '\n') .. '\n', 'PX', keep)
  end
  return r
end
