-- What ContactOD shows, for the end of a reply; never stored, never in an event. The last says until when it may be called
-- today, by what decided that it may.
-- use: time, int, num, offerRules, nextOpening
local function shownFields(c)
  if not rawget(c, 'cu') then
    local rules = rawget(c, 'rules') or offerRules(c.cp)
    c.cu = ''
    if (string.byte(c.wh) or 59) ~= 59 or rules.from .. rules.week ~= '' then -- ';': no region, no law
      nextOpening(c, rules)
    end
  end
  return c.st, c.cp, int(num(c.dl) - AGE + NOW), c.xp, c.cb, c.ty, c.sk, c.tc, c.tz, c.ac, c.im, c.cu
end
