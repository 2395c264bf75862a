-- The time of the run: µs, and ms. Times in keys are Unix ms as decimal strings, '' for none.
local TIME = call('TIME')
local US = TIME[1] * 1000000 + TIME[2]
local NOW = (US - US % 1000) / 1000
