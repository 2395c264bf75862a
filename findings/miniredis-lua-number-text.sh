#!/usr/bin/env bash
# miniredis 2.40.0 (gopher-lua 1.1.1): numbers that become text, and texts that become numbers, in a script.
#
# Lua 5.1, which Redis runs, writes a number with fourteen digits: on Redis 7.0.15 the microseconds of a moment joined to a
# text are 1.7959680001235e+15, and the script has lost the last three digits; a fraction keeps what fourteen digits hold. In
# the embedded server a whole number is written with all of its digits, and a fraction of the size of a time in ms
# with an exponent. So a script that makes a key or a score of microseconds is right in its tests and wrong in service. The way
# back differs, too: tonumber('1e3') is 1000 on Redis and nil here, so a text that Redis itself wrote with an exponent is no
# number to the embedded server. One would have guessed that two interpreters of one version write a double alike, and that
# what the one writes the other reads. Written by string.format('%.0f', n), whole numbers are the same on both.
#
# Redis 7.0.15 answers 1.7959680001235e+15, 1795968000123.5, 1000, 1795968000123456.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > go.mod <<'MOD'
module finding

go 1.26.0

require (
	github.com/alicebob/miniredis/v2 v2.40.0
	github.com/redis/go-redis/v9 v9.23.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func main() {
	server, err := miniredis.Run()
	if err != nil {
		panic(err)
	}
	defer server.Close()
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	for _, script := range []string{
		`return 1795968000123456 .. ''`,
		`return 1795968000123.5 .. ''`,
		`return tostring(tonumber('1e3'))`,
		`return string.format('%.0f', 1795968000123456)`,
	} {
		answer, err := rdb.Eval(context.Background(), script, nil).Text()
		if err != nil {
			panic(err)
		}
		fmt.Println(answer)
	}
}
GO
go mod tidy >tidy 2>&1 || { cat tidy; exit 1; }
go list -m github.com/alicebob/miniredis/v2 github.com/yuin/gopher-lua | tee seen
go run . | tee -a seen
diff seen - <<'SEEN'
github.com/alicebob/miniredis/v2 v2.40.0
github.com/yuin/gopher-lua v1.1.1
1795968000123456
1.7959680001235e+12
nil
1795968000123456
SEEN
