-- What ContactOD shows, for the end of a reply; never stored, never in an event.
local function shownFields(c) return c.st, c.cp, c.dl, c.xp, c.cb, c.ty, c.sk, c.tc, c.tz, c.ac, c.im end
