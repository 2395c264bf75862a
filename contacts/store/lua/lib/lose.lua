-- The record of an id that a set has is gone: it is set aside, so that what stands behind it goes on. lost has the state that
-- it is still counted in, '' where its campaign was known and counts it no more. The rest is for mend. True if it was there.
-- use: time, int, prefix
local function lose(key, id, st, cp)
  if call('ZREM', P .. key, id) == 0 then return end
  if cp then
    call('HINCRBY', P .. 'n:' .. cp, st .. '-', '1')
    for _, why in ipairs({'nowhere:', 'country:'}) do call('SREM', P .. why .. cp, id) end
  end
  call('HSET', P .. 'lost', id, (cp and '' or st) .. ';' .. int(NOW))
  return true
end
