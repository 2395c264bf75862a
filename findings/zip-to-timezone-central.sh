#!/usr/bin/env bash
# zipcode-to-timezone 0.0.9 (npm): the zone of a US ZIP code.
#
# Where a state has two times, it often gives the one that most of the state has, and no sign that it did not know:
#   42101 Bowling Green, 42001 Paducah, 42301 Owensboro (Kentucky, Central time) → America/Kentucky/Louisville, Eastern
#   46402 Gary, 47708 Evansville (Indiana, Central time)                         → America/Indiana/Indianapolis, Eastern
# while Florida's 32501 Pensacola is right. One would have guessed that five digits tell the zone, as the name says. Taken
# at its word, an opening at 08:00 comes at 07:00 for these places.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund zipcode-to-timezone@0.0.9 >/dev/null
node -e '
const { lookup } = require("zipcode-to-timezone");
for (const zip of ["42101", "42001", "42301", "46402", "47708", "32501"]) console.log(zip, lookup(zip));
' | tee seen
diff seen - <<'SEEN'
42101 America/Kentucky/Louisville
42001 America/Kentucky/Louisville
42301 America/Kentucky/Louisville
46402 America/Indiana/Indianapolis
47708 America/Indiana/Indianapolis
32501 America/Chicago
SEEN
