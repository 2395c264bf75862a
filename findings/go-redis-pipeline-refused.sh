#!/usr/bin/env bash
# go-redis 9.23.0: a pipeline on a connection that the server refused, and what its commands say of it.
#
# A client with another password than the server's: a command alone has the refusal as its error, and so has Exec of a
# pipeline. The pipeline's commands have none: each says nil, with an empty value, as if SET were done and INCR had answered 0.
# Where nobody listens at all, each of them has the error of Exec. One would have guessed that commands which were never
# sent carry the error that kept them, whatever it was, as they do when the connection cannot be made, so that looking at
# each command is enough. It is not: Exec's own error must be looked at first, or refused writes are taken for done.
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
	"errors"
	"fmt"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func main() {
	ctx := context.Background()
	server, err := miniredis.Run()
	if err != nil {
		panic(err)
	}
	addr := server.Addr()
	server.RequireAuth("right")
	for _, password := range []string{"right", "other"} {
		rdb := redis.NewClient(&redis.Options{Addr: addr, Password: password, MaxRetries: -1})
		alone := rdb.Set(ctx, "alone", "1", 0)
		pipe := rdb.Pipeline()
		set, incr := pipe.Set(ctx, "a", "1", 0), pipe.Incr(ctx, "n")
		_, err := pipe.Exec(ctx)
		fmt.Printf("password %s: alone %t, Exec %t, SET %t, INCR %t %d\n",
			password, alone.Err() == nil, err == nil, set.Err() == nil, incr.Err() == nil, incr.Val())
		_ = rdb.Close()
	}
	server.Close()
	gone := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	pipe := gone.Pipeline()
	set := pipe.Set(ctx, "a", "1", 0)
	_, err = pipe.Exec(ctx)
	fmt.Printf("nobody there: Exec %t, SET the same error %t\n", err == nil, errors.Is(set.Err(), err))
}
GO
go mod tidy >tidy 2>&1 || { cat tidy; exit 1; }
go list -m github.com/redis/go-redis/v9 | tee seen
go run . 2>/dev/null | tee -a seen
diff seen - <<'SEEN'
github.com/redis/go-redis/v9 v9.23.0
password right: alone true, Exec true, SET true, INCR true 1
password other: alone false, Exec false, SET true, INCR true 0
nobody there: Exec false, SET the same error true
SEEN
go vet ./...
