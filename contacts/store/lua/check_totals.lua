-- check_totals: read-only. The counts against the sets, and the heads against the pools, at one instant.
-- KEYS  camps · nokey
-- ARGV  none
-- Reply ok problem…
-- use: int, num
local out, sum, pools = {'ok'}, {A = 0, S = 0, R = 0, D = 0, W = 0, V = 0, X = 0}, 0
local function same(what, got, want)
  if got ~= want then out[#out + 1] = what .. ' is ' .. int(got) .. ', not ' .. int(want) end
end
for _, cp in ipairs(call('SMEMBERS', KEYS[1])) do
  local steps, now = call('HGETALL', P .. 'n:' .. cp), {A = 0, S = 0, R = 0, D = 0, W = 0, V = 0, X = 0}
  for i = 1, #steps, 2 do
    local from, to = string.match(steps[i], '(.)(.)')
    if now[from] then now[from] = now[from] - num(steps[i + 1]) end
    if now[to] then now[to] = now[to] + num(steps[i + 1]) end
  end
  for st, n in pairs(now) do
    if n < 0 then out[#out + 1] = 'count ' .. st .. ' of ' .. cp .. ' is negative' end
    sum[st] = sum[st] + n
  end
  pools = pools + call('ZCARD', P .. 'avail:' .. cp)
  same('count X of ' .. cp, now.X, call('ZCARD', P .. 'closed:' .. cp))
  local first = call('ZRANGE', P .. 'avail:' .. cp, 0, 0, 'WITHSCORES')[2]
  if call('HGET', P .. 'camp:' .. cp, 'paused') == '1' then first = nil end
  same('head of ' .. cp, num(call('ZSCORE', P .. 'heads', cp)), num(first))
end
same('count A', sum.A, pools + call('ZCARD', P .. 'pcbdue'))
same('count S', sum.S, call('ZCARD', P .. 'sched'))
same('count R, D and W', sum.R + sum.D + sum.W, call('ZCARD', P .. 'lease'))
same('count V', sum.V, call('ZCARD', P .. 'review'))
return out
