-- The lease of a held contact, or of one in wrap-up, is over. What may have been dialled goes to review and is never
-- offered again by a timer; the last holder may still tell its outcome.
-- use: time, int, unpackHold, maybeDialled, move, endHold, event, whyOver, backToPool, letTell, reviewDialled
-- use: closeContact
local function endLease(id, c, node)
  local agent = c.ag ~= '' and c.ag or c.lh
  if c.st == 'W' then
    local over = whyOver(c)
    if over then return closeContact(id, c, 'hub', over, node) end
    move(id, c, 'V', int(NOW), 'dl', '', 'why', 'no_disposition')
    return event('review', agent, 'hub', id, c, 'no_disposition', '', node)
  end
  local a = call('HMGET', P .. 'ag:' .. agent, 'gr', 'h')
  local _, _, delivered = unpackHold(a[2])
  endHold(id, c, 'expired')
  if c.st == 'D' or maybeDialled(c) then return reviewDialled(id, c, agent, 'hub', node) end
  backToPool(id, c, 'lh', letTell(agent, id, c))
  if delivered == '' then return event('release', agent, 'hub', id, c, 'undelivered', '', node) end
  if a[1] and a[1] ~= '' then return event('release', agent, 'hub', id, c, 'disconnect', '', node) end
  event('expire', agent, 'hub', id, c, '', '', node)
end
