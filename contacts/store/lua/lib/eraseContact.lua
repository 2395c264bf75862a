-- Take a closed contact out of the store, with all that names it: its record, where it is counted, and what agents lost, told
-- and avoid. Calls to its number still count, as calls of nobody, or with purge as they were; what stands in dnc and in
-- events stays.
-- use: prefix
local function eraseContact(id, c, purge)
  local known, numbers = c.by, {c.pt}
  for _, agent in ipairs({c.lh, c.la}) do known = known .. '\n' .. agent .. '\n' end
  for agent, token in string.gmatch(c.pb, '([^\31]*)\31([^\31]*)\31[^\n]*\n') do
    known = known .. '\n' .. agent .. '\n'
    numbers[#numbers + 1] = token
  end
  for agent in string.gmatch(known, '[^\n]+') do
    call('ZREM', P .. 'avoid:' .. agent, id)
    for _, kind in ipairs({'last:', 'told:', 'past:'}) do
      if call('HGET', P .. kind .. agent, c.ac) == id then call('HDEL', P .. kind .. agent, c.ac) end
    end
  end
  if purge then numbers = {} end
  for _, token in ipairs(numbers) do
    local key = P .. 'at:' .. token
    local kept = token ~= '' and call('GET', key)
    if kept then
      local own = '(\n%d+\31[^\31\n]*\31)' .. string.gsub(id, '%W', '%%%0') .. '\31[^\n]*'
      local without = string.gsub(kept, own, '%1\31')
      if without ~= kept then call('SET', key, without, 'KEEPTTL') end
    end
  end
  call('ZREM', P .. 'closed:' .. c.cp, id)
  call('HINCRBY', P .. 'n:' .. c.cp, 'X-', '1')
  call('HDEL', P .. 'lost', id)
  call('DEL', P .. 'c:' .. id)
end
