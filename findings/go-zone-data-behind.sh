#!/usr/bin/env bash
# Go 1.26.8: the copy of the tz database that comes with it (lib/time/zoneinfo.zip, which time/tzdata embeds).
#
# A program that imports time/tzdata so as not to depend on the machine has, with the patch release of autumn 2026, the
# laws of the end of 2025: British Columbia, Alberta, Manitoba and the Northwest Territories still put their clocks back
# in November 2026, Morocco is still an hour ahead, Cuba goes back too. IANA has them all since releases 2026b to 2026f
# (Vancouver -7, Edmonton and Inuvik -6, Winnipeg -5, Casablanca 0, Havana -4 on that day). One would have guessed that
# patch releases bring the laws of the day, or that a program can ask which release it has: package time has no such
# function, so the only sign is a wrong hour.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
printf 'module finding\n\ngo 1.26.0\n' > go.mod
cat > main.go <<'GO'
package main

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	archive, err := zip.OpenReader(os.Args[1] + "/lib/time/zoneinfo.zip")
	if err != nil {
		panic(err)
	}
	at := time.Date(2026, 12, 15, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"America/Vancouver", "America/Edmonton", "America/Inuvik", "America/Winnipeg", "Africa/Casablanca", "America/Havana"} {
		file, err := archive.Open(name)
		if err != nil {
			panic(err)
		}
		data, err := io.ReadAll(file)
		if err != nil {
			panic(err)
		}
		zone, err := time.LoadLocationFromTZData(name, data)
		if err != nil {
			panic(err)
		}
		fmt.Println(name, at.In(zone).Format("2006-01-02 15:04 -07:00"))
	}
}
GO
export GOTOOLCHAIN=go1.26.8
go version | cut -d' ' -f3 | tee seen
go run . "$(go env GOROOT)" | tee -a seen
diff seen - <<'SEEN'
go1.26.8
America/Vancouver 2026-12-15 04:00 -08:00
America/Edmonton 2026-12-15 05:00 -07:00
America/Inuvik 2026-12-15 05:00 -07:00
America/Winnipeg 2026-12-15 06:00 -06:00
Africa/Casablanca 2026-12-15 13:00 +01:00
America/Havana 2026-12-15 07:00 -05:00
SEEN
