-- release: how a hold ends without the agent's word, shared by reap, reserve, close, release and withdraw.

-- Why nobody may call it any more, or nil.
local function gone(c)
  if c.pt ~= '' and call('HEXISTS', P .. 'dnc', c.pt) == 1 then return 'dnc' end
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
end

-- Back to where it is offered from: its own place in the pool.
local function back(id, c, ...)
  move(id, c, 'A', c.sc, 'ag', '', 'rid', '', 'dl', '', ...)
end

-- The agent lost it and may still tell what came of it: by its account too, of the one it held last with that account.
local function tells(agent, id, c)
  call('HSET', P .. 'last:' .. agent, c.ac, id)
  return agent
end
local function told(agent, account)
  local id = call('HGET', P .. 'last:' .. agent, account)
  local c = id and load(id)
  if not c or c.lh ~= agent then id, c = account, load(account) end
  if c and c.lh == agent then return id, c end
end

-- What may have been dialled waits for a supervisor, or closes if nobody may call it any more. Its last holder may still
-- tell the outcome.
local function unsure(id, c, agent, actor, node)
  local why, over = c.st == 'D' and 'no_outcome' or 'maybe_dialled', gone(c)
  move(id, c, over and 'X' or 'V', I(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', tells(agent, id, c), 'why', over or why)
  event(over and 'block' or 'review', agent, actor, id, c, over or why, '', node)
end

-- Close from any state: withdrawn, dnc, expired. The holder is told; one who had dialled may still tell the outcome.
local function shut(id, c, actor, why, node)
  if c.st == 'X' then return false end
  local agent, lh = c.ag, c.lh
  if agent ~= '' then
    if c.st == 'D' or unsaid(c) then lh = tells(agent, id, c) end
    unhold(id, c, 'withdrawn')
  end
  move(id, c, 'X', I(NOW), 'ag', '', 'rid', '', 'dl', '', 'lh', lh, 'why', why)
  event('block', agent, actor, id, c, why, '', node)
  return true
end

-- The lease of a held contact, or of one in wrap-up, is over. What may have been dialled goes to review and is never
-- offered again by a timer; the last holder may still tell its outcome.
local function expire(id, c, node)
  local agent = c.ag ~= '' and c.ag or c.lh
  if c.st == 'W' then
    local over = gone(c)
    if over then return shut(id, c, 'hub', over, node) end
    move(id, c, 'V', I(NOW), 'dl', '', 'why', 'no_disposition')
    return event('review', agent, 'hub', id, c, 'no_disposition', '', node)
  end
  local a = call('HMGET', P .. 'ag:' .. agent, 'gr', 'h')
  local _, _, delivered = grasp(a[2])
  unhold(id, c, 'expired')
  if c.st == 'D' or unsaid(c) then return unsure(id, c, agent, 'hub', node) end
  back(id, c, 'lh', tells(agent, id, c))
  if delivered == '' then return event('release', agent, 'hub', id, c, 'undelivered', '', node) end
  if a[1] and a[1] ~= '' then return event('release', agent, 'hub', id, c, 'disconnect', '', node) end
  event('expire', agent, 'hub', id, c, '', '', node)
end

-- Do-not-call: the number, and every contact that has it. One that is dialled finishes its call and closes then.
-- number is the sealed E.164 form, for the list.
local function block(token, number, actor, node)
  if token == '' then return end
  call('HSET', P .. 'dnc', token, number)
  local ids = call('SMEMBERS', P .. 'num:' .. token)
  table.sort(ids)
  for _, id in ipairs(ids) do
    local c = load(id)
    if c and c.st ~= 'D' then shut(id, c, actor, 'dnc', node) end
  end
end
