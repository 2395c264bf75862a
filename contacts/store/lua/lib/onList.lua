-- The do-not-call layer that forbids to call the number, of several the one that does so longest: its name, until when, and
-- true if nobody knows that: then it is asked again after 31 days, or when a layer is put. bk is the number's bucket, and its bit there; lists has of each bucket a section for each layer: id and
-- length, two bytes each, then the bits that are set, two bytes each and in order, or 1,250 bytes with all (package layers).
-- What a layer is stands in layers, and is looked for where the number is on it.
-- use: time, int, num
local function onList(c)
  local bk = c.bk
  local all = bk ~= '' and call('HGET', P .. 'lists', string.sub(bk, 1, 11))
  if not all then return nil end
  local bit, next, name, ends = num(string.sub(bk, 12)), 1, nil, nil
  while next < #all do
    local a, b, x, y = string.byte(all, next, next + 3)
    local from, size, on = next + 4, x * 256 + y, false
    next = from + size
    if size == 1250 then
      on = math.floor(string.byte(all, from + math.floor(bit / 8)) / 2 ^ (bit % 8)) % 2 == 1
    else
      local low, high = 0, size / 2 - 1
      while low <= high and not on do
        local at = math.floor((low + high) / 2)
        local p, q = string.byte(all, from + 2 * at, from + 2 * at + 1)
        local there = p * 256 + q
        if there == bit then on = true elseif there < bit then low = at + 1 else high = at - 1 end
      end
    end
    if on then
      local scope = call('HGET', P .. 'layers', int(a * 256 + b)) or '' -- not put yet, or taken away: a word
      local layer, since, till, modes, campaigns, groups =
        string.match(scope, '^([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)\31([^\31]*)$')
      local holds = layer and (since == '' or num(since) <= NOW) and (till == '' or NOW < num(till))
      if holds and modes ~= '' then
        local mode = string.match(c.wh or '', ';([^;]*)$') or ''
        holds = mode == '' or string.find(modes, '\n' .. string.lower(mode) .. '\n', 1, true)
      end
      if holds and campaigns .. groups ~= '' then
        local group = groups ~= '' and call('HGET', P .. 'camp:' .. c.cp, 'group') or ''
        holds = string.find(campaigns, '\n' .. c.cp .. '\n', 1, true)
          or group ~= '' and string.find(groups, '\n' .. group .. '\n', 1, true)
      end
      if holds and (not name or ends and (till == '' or num(till) > ends)) then
        name, ends = layer, till ~= '' and num(till) or nil
      end
    end
  end
  return name, ends or NOW + 2678400000, not ends
end
