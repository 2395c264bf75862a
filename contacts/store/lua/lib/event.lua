-- One event per transition, seq dense. The last four digits are all of a number that is ever in it. Of a hold that ends it
-- has the reservation id, which says when it began. Where the store's clock was put back the entry's id tells no time: then t
-- does, of the store's clock and of the tenant's own.
-- use: time, int
local function event(kind, agent, actor, id, c, reason, note, node)
  local seq, e = int(call('INCR', P .. 'seq')), kind .. '\31' .. agent .. '\31' .. actor .. '\31' ..
    c.cp .. '\31' .. id .. '\31' .. c.l4 .. '\31' .. reason .. '\31' .. note .. '\31' .. (c.ag ~= '' and c.rid or '') ..
    '\31' .. (c.sk ~= '' and c.sk or '0') .. '\31' .. node .. '\31' .. (c.tc ~= '' and c.tc or '0')
  if AGE == NOW then
    call('XADD', P .. 'ev', '*', 's', seq, 'e', e)
  else
    call('XADD', P .. 'ev', '*', 's', seq, 'e', e, 't', int(NOW) .. ';' .. int(AGE))
  end
end
