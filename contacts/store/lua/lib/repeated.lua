-- The reply to a request that was asked before, of the stored one: its word begins with '='. The touch lets a WAIT on this
-- connection cover the first write.
local function repeated(v)
  local r, fingerprint, keep = {}, ARGV[3], ARGV[4]
  for w in string.gmatch(v, '([^\n]*)\n') do r[#r + 1] = w end
  if table.remove(r, 1) ~= fingerprint then return {'request_id_reused'} end
  call('PEXPIRE', KEYS[2], keep)
  r[1] = '=' .. r[1]
  return r
end
