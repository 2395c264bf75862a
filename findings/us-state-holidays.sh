#!/bin/sh
# A holiday library does not know the days on which a state's law forbids calls.
#
# Package: date-holidays 3.37.0 (npm). Input: new Holidays('US', state).getHolidays(2027), all types.
# One would guess that a library with a list for each US state has the legal holidays of its statute. It has the federal ones,
# their observed days by the federal rule, and a few of the state's own. Missing, though the statute's text names them:
#   RI  4 May, Rhode Island Independence Day               R.I. Gen. Laws 25-1-1
#   LA  8 January, 30 August, 1 November                   La. R.S. 1:55(A)(1)
#   UT  26 March, Good Friday (if its subsection 6 does not say otherwise); Friday 23 July: Pioneer Day on a Saturday is kept
#       the day before; Monday 21 June: Juneteenth on a Saturday is kept on the Monday (the library has the federal rule's
#       Friday)                                            Utah Code 63G-1-301
# Whoever takes it as the calendar for "no calls on legal holidays" calls on seven days of 2027 on which it is forbidden.
#
# Output seen on 2026-11-28:
#   date-holidays 3.37.0
#   RI lacks 2027-05-04
#   LA lacks 2027-01-08 2027-08-30 2027-11-01
#   UT lacks 2027-03-26 2027-06-21 2027-07-23
#   as found
# Fails if any of that changes. Needs node and npm.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent date-holidays@3.37.0
cat >try.js <<'JS'
const Holidays = require('date-holidays')
const statute = {
  RI: ['2027-05-04', '2027-08-09', '2027-11-11'],
  LA: ['2027-01-08', '2027-02-09', '2027-08-30', '2027-11-01'],
  UT: ['2027-03-26', '2027-06-21', '2027-07-23', '2027-07-24'],
}
console.log('date-holidays ' + require('date-holidays/package.json').version)
for (const [state, dates] of Object.entries(statute)) {
  const known = new Holidays('US', state).getHolidays(2027).map((h) => h.date.slice(0, 10))
  if (known.length < 10) throw new Error('no list for ' + state)
  console.log(state + ' lacks ' + dates.filter((d) => !known.includes(d)).join(' '))
}
JS
node try.js | tee out
cat >want <<'TXT'
date-holidays 3.37.0
RI lacks 2027-05-04
LA lacks 2027-01-08 2027-08-30 2027-11-01
UT lacks 2027-03-26 2027-06-21 2027-07-23
TXT
cmp out want && echo "as found"
