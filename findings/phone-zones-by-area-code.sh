#!/usr/bin/env bash
# github.com/nyaruka/phonenumbers v1.8.1, a Go port of libphonenumber 9.0.32: zones of valid US and Canadian numbers.
#
# GetTimezonesForNumber is said to return all zones that a number may lie in. For some area codes it has one row for the
# whole code, and that row is wrong or half of it, without any mark that it is a guess:
#   689 is laid over 407 (Orlando, Eastern time)            → America/Chicago alone
#   474 is laid over 306 and 639 (Saskatchewan)             → America/Winnipeg alone
#   364 is laid over 270 (western Kentucky, mostly Central) → America/New_York alone
#   448 is laid over 850 (Florida, both times)              → America/New_York alone
#   867 (Yukon, Northwest Territories, Nunavut), an exchange that is not listed → America/Fort_Nelson, in British Columbia
# One would have guessed that overlays of one area have the zones of that area, and that what is not known gives more
# zones, not one. A caller who trusts the answer is an hour or more off for every such number.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > go.mod <<'MOD'
module finding

go 1.26.0

require github.com/nyaruka/phonenumbers v1.8.1
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/nyaruka/phonenumbers"
)

func main() {
	for _, text := range []string{"+14075550123", "+16895550123", "+13062345678", "+14742345678",
		"+13642345678", "+14482345678", "+18672345678"} {
		number, err := phonenumbers.Parse(text, "US")
		if err != nil {
			panic(err)
		}
		zones, err := phonenumbers.GetTimezonesForNumber(number)
		fmt.Println(text[2:5], phonenumbers.IsValidNumber(number), zones, err)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . | tee seen
diff seen - <<'SEEN'
407 true [America/New_York] <nil>
689 true [America/Chicago] <nil>
306 true [America/Regina] <nil>
474 true [America/Winnipeg] <nil>
364 true [America/New_York] <nil>
448 true [America/New_York] <nil>
867 true [America/Fort_Nelson] <nil>
SEEN
