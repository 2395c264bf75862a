#!/bin/sh
# A spreadsheet library that reads a list as CSV takes some spellings of telephone numbers for amounts and dates.
#
# Package: xlsx (SheetJS) 0.18.5 (npm). Input: a column of quoted cells, XLSX.read(text, {type: 'string'}).
# One would guess that a cell in quotes stays text, and that of all cells only those of digits alone become numbers. But an
# area code in brackets right before the number makes an amount below zero, as accountants write one, and with a blank
# between them it stays text: two rows of one list, written a blank apart, come out as -2125550123 and as (212) 555-0123. The
# comma of the flat file of the US registry (area code, number) is taken for that of thousands. The leading zero of a postal
# code is gone from the value. Hours of the day, 9-18, are the 18th of September 2001, and so is "1-2" a day.
# Whoever turns such a list into JSON by this library before loading it sends negative numbers, which a reader that drops
# signs takes for good ones.
#
# Output seen on 2026-11-29:
#   xlsx 0.18.5
#   "(212) 555-0123" text "(212) 555-0123"
#   "(212)5550123" number -2125550123
#   "212,5550123" number 2125550123
#   "02903" number 2903
#   "9-18" number 37152
#   "1-2" number 36893
#   as found
# Fails if any of that changes. Needs node and npm.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent xlsx@0.18.5
cat >try.js <<'JS'
const { read, version } = require('xlsx')
console.log('xlsx ' + version)
const kinds = { s: 'text', n: 'number' }
for (const text of ['(212) 555-0123', '(212)5550123', '212,5550123', '02903', '9-18', '1-2']) {
  const book = read(`phone\n"${text}"\n`, { type: 'string' })
  const cell = book.Sheets[book.SheetNames[0]].A2
  console.log(JSON.stringify(text), kinds[cell.t], JSON.stringify(cell.v))
}
JS
node try.js | tee seen
diff seen - <<'SEEN'
xlsx 0.18.5
"(212) 555-0123" text "(212) 555-0123"
"(212)5550123" number -2125550123
"212,5550123" number 2125550123
"02903" number 2903
"9-18" number 37152
"1-2" number 36893
SEEN
echo as found
