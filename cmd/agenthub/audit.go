package main

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"agenthub/cmd/agenthub/command"
	"agenthub/cmd/agenthub/target"
	"agenthub/contacts/audit"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// checkCommand is "agenthub check": it proves on a live store what ARCHITECTURE.md says holds always.
type checkCommand struct {
	Redis string `required:"" placeholder:"URL" help:"redis://host:port/db; with --redis-master the sentinels'."`
	target.Access
	Tenant string `default:"default" help:"Whose contacts."`
	Repair bool   `help:"First take contacts whose record is gone out of what stands beside the records; a list may bring them again."`
}

func (c *checkCommand) run(ctx context.Context, std command.Streams) error {
	if c.Redis == target.Embedded || c.Redis == target.Managed {
		return command.Usage(errors.New("--redis must be the address of a Redis; that of --redis managed is unix://DATA_DIR/redis.sock"))
	}
	flags := target.Flags{Redis: c.Redis, Access: c.Access}
	if err := flags.Check(true); err != nil {
		return command.Usage(err)
	}
	where, err := flags.Open(ctx, true, store.NoKey(c.Tenant), zap.NewNop())
	if err != nil {
		return command.Usage(err)
	}
	script.LogDriver(zap.NewNop())
	rdb, follow, err := script.Dial(where.Redis)
	if err != nil {
		return command.Usage(err)
	}
	defer func() { _ = errors.Join(rdb.Close(), follow.Close(), where.Close()) }()
	tenant := audit.Tenant{Redis: rdb, Name: c.Tenant, Log: zap.NewNop()}
	if c.Repair {
		mended, err := audit.Repair(ctx, tenant)
		for _, m := range mended {
			_, _ = fmt.Fprintln(std.Out, "mended:", m)
		}
		if err != nil {
			return fmt.Errorf("the store cannot be mended: %w", err)
		}
	}
	problems, err := audit.Check(ctx, tenant)
	for _, p := range problems {
		_, _ = fmt.Fprintln(std.Out, p)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the store cannot be looked through: %w", err)
	case len(problems) > 0:
		return fmt.Errorf("%d problems", len(problems))
	}
	_, _ = fmt.Fprintf(std.Out, "nothing is wrong with the contacts of %s\n", c.Tenant)
	return nil
}
