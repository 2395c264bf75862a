-- The set of each state that has one for all campaigns.
local SETS = {S = 'sched', R = 'lease', D = 'lease', W = 'lease', V = 'review'}
