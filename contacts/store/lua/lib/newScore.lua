-- A contact's score in the pool: priority first, then arrival in µs since 2025 (exact in a double until 2050). No two have
-- the same: the calls of a run share its time.
-- use: time, num
local function newScore(priority, at)
  US = US + 1
  return num(priority) * 8e14 + (num(at or US) - 1735689600000000)
end
