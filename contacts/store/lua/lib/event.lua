-- One event per transition, seq dense. The last four digits are all of a number that is ever in it. Of a hold that ends it
-- has the reservation id, which says when it began.
-- use: int
local function event(kind, agent, actor, id, c, reason, note, node)
  call('XADD', P .. 'ev', '*', 's', int(call('INCR', P .. 'seq')), 'e', kind .. '\31' .. agent .. '\31' .. actor .. '\31' ..
    c.cp .. '\31' .. id .. '\31' .. c.l4 .. '\31' .. reason .. '\31' .. note .. '\31' .. (c.ag ~= '' and c.rid or '') ..
    '\31' .. (c.sk ~= '' and c.sk or '0') .. '\31' .. node .. '\31' .. (c.tc ~= '' and c.tc or '0'))
end
