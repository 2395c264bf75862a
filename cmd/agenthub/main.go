// Command agenthub is the hub and its tools; "agenthub --help" lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/target"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	err := execute(ctx, target.HidePasswords(os.Args)[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	switch {
	case err == nil:
	case errors.Is(err, command.ErrSaid):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "agenthub:", err)
		os.Exit(command.ExitCode(err))
	}
}
