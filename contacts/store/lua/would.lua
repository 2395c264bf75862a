-- would: what import would say to a row, and why nobody could call the person now. Changes nothing.
-- reads: st cp pt at
-- KEYS  contact · nokey
-- ARGV  as of import
-- Reply what import replies, then why: the word of a refusal (barred), 'scheduled' or 'review', '' if it could be called
-- use: time, num, loadContact, whyOver, barred
local id, cp, _, due, expiry, _, _, zone, token, _, _, account, _, _, serves, _, _, unmade, where, bk, found = unpack(ARGV)
local c = loadContact(id)
if c then
  if serves ~= '' and not string.find(serves, '\n' .. c.cp .. '\n', 1, true) then return {'foreign'} end
  local refused = {X = 'closed', R = 'held', D = 'held', W = 'held'}
  if refused[c.st] then return {refused[c.st]} end
end
if unmade == 'refuse' and call('SISMEMBER', P .. 'camps', cp) == 0 then return {'no_campaign'} end
if token ~= '' and call('HEXISTS', P .. 'dnc', token) == 1 then return {'blocked'} end
local fresh = not c
-- As it would stand; of a new one, what import would not write is blank.
c = c or setmetatable({st = ''}, {__index = function() return '' end})
c.cp, c.xp, c.wh, c.pt, c.tz, c.pl, c.ac = cp, expiry, where, token, zone, found, account
c.bk = call('EXISTS', P .. 'layers') == 1 and bk or ''
local why = c.st == 'V' and 'review' or whyOver(c) or (barred(c))
if not why and due ~= '' and num(due) > NOW then why = 'scheduled' end
return {fresh and 'accepted' or 'updated', why or ''}
