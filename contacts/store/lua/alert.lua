-- alert: raise, clear, acknowledge or forget an alert; once, however many nodes say so.
-- KEYS  alerts · ''
-- ARGV  1 field (kind, then whom it is about) · 2 what (raise, clear, ack, forget) · 3 seq: of the newest event the raise rests on, else
--       of the alert · 4 actor · 5 node · 6 text of the event · 7 kind · 8 agent · 9 campaign · 10 value · 11 limit · 12 n
-- Reply ok | known (somebody was first, or it is not that alert any more) | not_found
-- Safe to repeat: the second one is known.
local v = {}
for f in string.gmatch((call('HGET', KEYS[1], ARGV[1]) or '') .. '\31', '([^\31]*)\31') do v[#v + 1] = f end
-- v: 1 seq · 2 kind · 3 agent · 4 campaign · 5 value · 6 limit · 7 n · 8 since · 9 cleared at · 10 seq then · 11 by · 12 at
local function tell()
  local about = {cp = v[4], ag = '', l4 = '', ra = '', sk = '', tc = ''}
  event('alert', v[3], ARGV[4], '', about, v[2], ARGV[6], ARGV[5])
  return call('GET', P .. 'seq')
end
if ARGV[2] == 'raise' then
  -- A node that lags behind must not raise again what others have cleared since.
  if v[8] and (v[9] == '' or num(ARGV[3]) <= num(v[10])) then return {'known'} end
  v = {'', ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12], I(NOW), '', '', '', ''}
  v[1] = tell()
else
  if not v[8] then return {'not_found'} end
  if v[1] ~= ARGV[3] then return {ARGV[2] == 'ack' and 'not_found' or 'known'} end
  if ARGV[2] == 'forget' then
    if v[9] ~= '' then call('HDEL', KEYS[1], ARGV[1]) end
    return {'ok'}
  elseif ARGV[2] == 'clear' then
    if v[9] ~= '' then return {'known'} end
    v[9], v[10] = I(NOW), tell()
  else
    if v[11] ~= '' then return {'known'} end
    v[11], v[12] = ARGV[4], I(NOW)
    tell()
  end
end
call('HSET', KEYS[1], ARGV[1], table.concat(v, '\31'))
return {'ok'}
