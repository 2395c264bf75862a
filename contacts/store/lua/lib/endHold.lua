-- End a hold: the agent's record and the phone guard. The caller moves the contact.
local function endHold(id, c, cause, ...)
  call('HSET', P .. 'ag:' .. c.ag, 'h', cause and '\31\31\31\31' .. id .. '\31' .. cause or '', ...)
  if c.pt ~= '' then call('DEL', P .. 'ph:' .. c.pt) end
end
