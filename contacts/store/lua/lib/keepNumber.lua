-- A list brings another number: who held the contact with this one may still say that it is not to be called.
local function keepNumber(id, c)
  if c.la == '' then return end
  local kept = c.la .. '\31' .. c.pt .. '\31' .. c.pn .. '\n'
  for holder, rest in string.gmatch(c.pb, '([^\31]*)\31([^\n]*)\n') do
    if holder ~= c.la then kept = kept .. holder .. '\31' .. rest .. '\n' end
  end
  call('HSET', P .. 'c:' .. id, 'la', '', 'pb', kept)
end
