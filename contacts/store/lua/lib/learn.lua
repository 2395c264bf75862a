-- Where a contact may be called until its day ends, so may all of its campaign in the same place: who finds it out writes it
-- down, with the law's limits, as from;until;limits; until is '' where nothing ends it. Who changes hours, law or zones,
-- deletes it.
-- use: time, int
local function learn(c)
  if not rawget(c, 'place') then return end
  -- use: lawTexts
  local open = P .. 'open:' .. c.cp
  call('HSET', open, c.place, int(NOW) .. ';' .. c.cu .. ';' .. table.concat((lawTexts(c.wh or '', '#'))))
  if call('HLEN', open) == 1 then call('PEXPIRE', open, 86400000) end
end
