#!/usr/bin/env bash
# miniredis 2.40.0 (gopher-lua 1.1.1): a script's assignment of two variables, the second by the first.
#
# The manual of Lua 5.1, which Redis runs, says that an assignment evaluates all of its expressions before it assigns
# any: Redis 7.0.15 answers 0 yes, 0 1, 0 yes below. In the embedded server the first local variable has its new value
# already where the second expression reads it: a counter that goes down and a mark that is set when it was 1, in one
# line, never sets the mark. A script that passes its tests on the one server decides otherwise on the other. One would
# have guessed that an interpreter of the same version differs in its library and its limits, not in what an assignment
# means. Two lines in place of one are the same on both.
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
		`local left, met = 1, 'no' left, met = left - 1, left == 1 and 'yes' or 'no' return left .. ' ' .. met`,
		`local left, met = 1, 'no' left, met = left - 1, left return left .. ' ' .. met`,
		`local left, met = 1, 'no' met = left == 1 and 'yes' or 'no' left = left - 1 return left .. ' ' .. met`,
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
0 no
0 0
0 yes
SEEN
