-- alert: raise, clear, acknowledge or forget an alert; once, however many nodes say so.
-- KEYS  alerts · nokey
-- ARGV  1 field (kind, then whom it is about) · 2 what (raise, clear, ack, forget) · 3 seq: of the newest event that the
--       raise rests on, else of the alert · 4 actor · 5 node · 6 text of the event · 7 kind · 8 agent · 9 campaign ·
--       10 value · 11 limit · 12 n
-- Reply ok | known (somebody was first, or it is not that alert any more) | not_found
-- Safe to repeat: the second one is known.
-- use: time, int, num, event
local field, what, seq, actor, node, text, kind, agent, campaign, value, limit, n = unpack(ARGV)
local v = {}
for f in string.gmatch((call('HGET', KEYS[1], field) or '') .. '\31', '([^\31]*)\31') do v[#v + 1] = f end
-- v: 1 seq · 2 kind · 3 agent · 4 campaign · 5 value · 6 limit · 7 n · 8 since · 9 cleared at · 10 seq then · 11 by · 12 at
local function tell()
  local about = {cp = v[4], ag = '', l4 = '', ra = '', sk = '', tc = ''}
  event('alert', v[3], actor, '', about, v[2], text, node)
  return call('GET', P .. 'seq')
end
if what == 'raise' then
  -- A node that lags behind must not raise again what others have cleared since.
  if v[8] and (v[9] == '' or num(seq) <= num(v[10])) then return {'known'} end
  v = {'', kind, agent, campaign, value, limit, n, int(NOW), '', '', '', ''}
  v[1] = tell()
else
  if not v[8] then return {'not_found'} end
  if v[1] ~= seq then return {what == 'ack' and 'not_found' or 'known'} end
  if what == 'forget' then
    if v[9] ~= '' then call('HDEL', KEYS[1], field) end
    return {'ok'}
  elseif what == 'clear' then
    if v[9] ~= '' then return {'known'} end
    v[9], v[10] = int(NOW), tell()
  else
    if v[11] ~= '' then return {'known'} end
    v[11], v[12] = actor, int(NOW)
    tell()
  end
end
call('HSET', KEYS[1], field, table.concat(v, '\31'))
return {'ok'}
