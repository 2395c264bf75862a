-- contact: one contact, and why nobody may call it now, by the checks of a fetch and of a dial. Changes nothing.
-- KEYS  contact · nokey
-- ARGV  1 id · 2… fields of its record
-- Reply ok why rule due field… | not_found. why: the word of a refusal, the letter of a state that stands in the way, or
--       what sent it to review or closed it; rule: by which, '' if it has no name; due: ms, '' if now or if nobody knows
-- use: time, int, num, loadContact, whyOver, barred
local id = unpack(ARGV, 1, 1)
local c = loadContact(id)
if not c then return {'not_found'} end
local why, rule, due = nil, nil, c.st == 'S' and num(c.dl) or c.st == 'W' and num(c.dl) - AGE + NOW or 0
if c.st == 'A' or c.st == 'S' or c.st == 'R' then
  local opens
  why = whyOver(c)
  if not why then why, opens, rule = barred(c) end
  if why == 'no_zone' or why == 'not_matchable' or why == 'dnc' or why == 'expired' or why == 'blocked' and c.never then
    due = 0
  elseif opens then
    due = math.max(due, opens)
  end
  if c.st == 'S' and not why then -- a check put it off, whatever it would say by now, or it has a time of its own
    why = c.why ~= '' and c.why or call('ZSCORE', P .. 'hours:' .. c.cp, id) and 'outside_hours' or 'S'
  elseif not why and c.pt ~= '' then
    local holder = call('GET', P .. 'ph:' .. c.pt)
    why = holder and holder ~= id and 'phone_held'
  end
elseif c.why ~= '' then
  why = c.why
else
  why = c.st == 'X' and whyOver(c) == 'dnc' and 'dnc' or c.st
end
local names = {unpack(ARGV, 2)}
local fields = call('HMGET', KEYS[1], unpack(names))
local r = {'ok', why == 'dnc' and 'blocked' or why or '', rule or '', due > 0 and int(due) or ''}
local lasts = c.st == 'R' or c.st == 'D' or c.st == 'W'
for i = 1, #fields do
  r[i + 4] = fields[i] or ''
  if lasts and names[i] == 'dl' then r[i + 4] = int(num(fields[i]) - AGE + NOW) end -- by the store's clock, as people read it
end
return r
