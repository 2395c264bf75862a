-- purge: contacts that were closed long ago leave the store, some in a step.
-- KEYS  nokey · nokey
-- ARGV  1 closed before, ms ago · 2 most
-- Reply how many left. Safe to repeat.
-- use: time, int, num, loadContact, eraseContact, lose
local ago, most, n = num(ARGV[1]), num(ARGV[2]), 0
for _, cp in ipairs(call('SMEMBERS', P .. 'camps')) do
  if n < most then
    local ids = call('ZRANGEBYSCORE', P .. 'closed:' .. cp, '-inf', int(NOW - ago), 'LIMIT', '0', int(most - n))
    for _, id in ipairs(ids) do
      local c = loadContact(id)
      if c and c.st == 'X' and c.cp == cp then eraseContact(id, c, true) else lose('closed:' .. cp, id, 'X', cp) end
      n = n + 1
    end
  end
end
return {int(n)}
