-- What law has for the regions of a contact, by the kind of text: '' for hours, '#' for attempts; and the zones of wh.
local function lawTexts(wh, kind)
  local regions, zones, mode = string.match(wh, '^([^;]*);([^;]*);(.*)$')
  if mode then mode = string.lower(mode) end -- an older hub kept it as it was written
  local fields, texts = {}, {}
  for region in string.gmatch(regions or '', '[^,]+') do -- the first of four that is there holds
    local country, n = string.sub(region, 1, 3) .. '*', #fields
    fields[n + 1], fields[n + 2] = region .. '/' .. mode .. kind, region .. kind
    fields[n + 3], fields[n + 4] = country .. '/' .. mode .. kind, country .. kind
  end
  local found = #fields > 0 and call('HMGET', P .. 'law', unpack(fields)) or fields
  for i = 1, #fields, 4 do
    texts[#texts + 1] = found[i] or found[i + 1] or found[i + 2] or found[i + 3] or nil
  end
  return texts, zones or ''
end
