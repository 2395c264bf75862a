local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
local call = redis.call
-- lib/int.lua
local function int(n) return string.format('%d', n) end
-- lib/num.lua
local function num(s) return tonumber(s) or 0 end
local function one() -- check_totals.lua
  local out, sum, pools = {'ok'}, {A = 0, S = 0, R = 0, D = 0, W = 0, V = 0, X = 0}, 0
  local function same(what, got, want)
    if got ~= want then out[#out + 1] = what .. ' is ' .. int(got) .. ', not ' .. int(want) end
  end
  for _, cp in ipairs(call('SMEMBERS', KEYS[1])) do
    local steps, now = call('HGETALL', 'ah:{default}:n:' .. cp), {A = 0, S = 0, R = 0, D = 0, W = 0, V = 0, X = 0}
    for i = 1, #steps, 2 do
      local from, to = string.match(steps[i], '(.)(.)')
      if now[from] then now[from] = now[from] - num(steps[i + 1]) end
      if now[to] then now[to] = now[to] + num(steps[i + 1]) end
    end
    for st, n in pairs(now) do
      if n < 0 then out[#out + 1] = 'count ' .. st .. ' of ' .. cp .. ' is negative' end
      sum[st] = sum[st] + n
    end
    pools = pools + call('ZCARD', 'ah:{default}:avail:' .. cp)
    same('count X of ' .. cp, now.X, call('ZCARD', 'ah:{default}:closed:' .. cp))
    local first = call('ZRANGE', 'ah:{default}:avail:' .. cp, 0, 0, 'WITHSCORES')[2]
    if call('HGET', 'ah:{default}:camp:' .. cp, 'paused') == '1' then first = nil end
    same('head of ' .. cp, num(call('ZSCORE', 'ah:{default}:heads', cp)), num(first))
  end
  same('count A', sum.A, pools + call('ZCARD', 'ah:{default}:pcbdue'))
  same('count S', sum.S, call('ZCARD', 'ah:{default}:sched'))
  same('count R, D and W', sum.R + sum.D + sum.W, call('ZCARD', 'ah:{default}:lease'))
  same('count V', sum.V, call('ZCARD', 'ah:{default}:review'))
  return out
end
if #ALL == 3 then return one() end
local function located(e)
  if type(e) ~= 'table' then return e end
  for level = 3, 6 do
    local _, at = pcall(error, '', level)
    if at ~= '' then return e.err .. ' on ' .. at end
  end
  return e.err
end
local out, n, size = {}, 0, #GIVEN * 2 / (#ALL - 1)
for i = 1, (#ALL - 1) / 2 do
  take({ALL[2 * i - 1], ALL[2 * i]}, {unpack(GIVEN, (i - 1) * size + 1, i * size)})
  local done, r = xpcall(one, located)
  if not done then
    r = {'!', r}
    if string.find(r[2], '^READONLY') then return redis.error_reply(r[2]) end
  end
  out[n + 1] = #r
  for j = 1, #r do out[n + 1 + j] = r[j] end
  n = n + 1 + #r
end
return out
