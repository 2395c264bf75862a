-- Why nobody may call it any more, or nil.
-- use: time, num
local function whyOver(c)
  if c.pt ~= '' and call('HEXISTS', P .. 'dnc', c.pt) == 1 then return 'dnc' end
  if c.xp ~= '' and num(c.xp) <= NOW then return 'expired' end
end
