//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"agenthub/cmd/hubbench/crowd"
	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/report"
	"agenthub/cmd/hubbench/wire"
)

// scriptsAndCycle measures both side by side.
func (s *suite) scriptsAndCycle(ctx context.Context, p crowd.Plan) error {
	free, err := lab.KeepTo(0, s.lab.RedisPID, s.peer.lab.RedisPID)
	if err != nil {
		return err
	}
	err = sideBySide(p, []int{s.lab.RedisPID}, []int{s.peer.lab.RedisPID},
		func(p crowd.Plan) error { return s.bare(ctx, "scripts, beside cycle", s.ours, p) },
		func(p crowd.Plan) error { return s.peer.bare(ctx, "cycle", s.peer.cycle, p) },
	)
	return errors.Join(err, free())
}

// count counts what both have Redis do, once: it is the same each time.
func (s *suite) count(ctx context.Context) (err error) {
	const agents, times = 256, 8
	l, err := lab.NewCounted(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer func() { stop(); err = errors.Join(err, l.Close()) }()
	ours, err := crowd.OurScripts(ctx, l, agents, s.opts.Campaigns)
	if err != nil {
		return err
	}
	if err := ours.Pool.Ensure(ctx, agents*times); err != nil {
		return err
	}
	cycle, err := crowd.CycleScript(ctx, l, agents)
	if err != nil {
		return err
	}
	var out report.Count
	if out.Ours, err = ours.Count(ctx, l, times, crowd.PipelineDepth); err != nil {
		return err
	}
	if out.Cycle, err = cycle.Count(ctx, l, times, crowd.PipelineDepth); err != nil {
		return err
	}
	s.report.AddCount(out)
	return nil
}

// hubAndEcho measures both side by side.
func (s *suite) hubAndEcho(ctx context.Context, p crowd.Plan) error {
	return sideBySide(p, []int{s.lab.RedisPID, s.on.PID()}, []int{s.echo.PID()},
		func(p crowd.Plan) error { return s.crowd(ctx, "hub, beside echo", s.on.Process, s.on, p) },
		func(p crowd.Plan) error { return s.peer.crowd(ctx, "echo, beside hub", s.echo, nil, p) },
	)
}

// hubAndNode measures both side by side.
func (s *suite) hubAndNode(ctx context.Context, p crowd.Plan) error {
	return sideBySide(p, []int{s.lab.RedisPID, s.on.PID()}, []int{s.peer.lab.RedisPID, s.peer.node.PID()},
		func(p crowd.Plan) error { return s.crowd(ctx, "hub, beside node", s.on.Process, s.on, p) },
		func(p crowd.Plan) error { return s.peer.crowd(ctx, "node", s.peer.node.Process, s.peer.node, p) },
	)
}

// alone measures the hub under closed load and nothing else, side by side with
// another program: for work on the hub.
func (s *suite) alone(ctx context.Context) error {
	p := crowd.Plan{Warm: warm, Window: s.opts.Window}
	for range s.opts.Rounds {
		mine := func(p crowd.Plan) error { return s.crowd(ctx, "hub", s.on.Process, s.on, p) }
		var err error
		if s.peer == nil {
			err = mine(p)
		} else {
			err = sideBySide(p, []int{s.lab.RedisPID, s.on.PID()}, []int{s.peer.lab.RedisPID, s.peer.on.PID()}, mine,
				func(p crowd.Plan) error { return s.peer.crowd(ctx, "versus", s.peer.on.Process, s.peer.on, p) })
		}
		if err != nil {
			return err
		}
	}
	s.report.Conclude()
	return nil
}

// sideBySide measures two at the same time, and takes the time of their processes
// for its own. A machine's speed changes within a second: what takes turns differs
// by it, what shares the processors does not.
func sideBySide(p crowd.Plan, mine, theirs []int, me, them func(crowd.Plan) error) error {
	var ready sync.WaitGroup
	ready.Add(2)
	run := func(beside []int, measure func(crowd.Plan) error) error {
		arrive := sync.OnceFunc(ready.Done)
		defer arrive() // who fails keeps nobody waiting
		p := p
		p.Beside, p.Meet = beside, func() { arrive(); ready.Wait() }
		return measure(p)
	}
	other := make(chan error, 1)
	go func() { other <- run(mine, them) }() // waited for at once
	return errors.Join(run(theirs, me), <-other)
}

// join makes the peer.
func (s *suite) join(ctx context.Context, hubBin string) error {
	l, err := lab.New(ctx, hubBin, 0, s.opts.AOF)
	if err != nil {
		return err
	}
	l.Law = s.opts.Law
	s.peer = &suite{lab: l, opts: s.opts, report: s.report, runs: &crowd.Runs{}}
	return nil
}

// close ends what the suite has started. Its lab is the caller's.
func (s *suite) close() error {
	if s.peer == nil {
		return nil
	}
	return s.peer.lab.Close()
}

// profile takes a CPU profile of the hub while it is measured.
func (s *suite) profile(ctx context.Context, hub *lab.Site, p crowd.Plan) error {
	wire.Pause(ctx, p.Warm)
	url := fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/profile?seconds=%d", hub.Admin, max(1, int(p.Window.Seconds())))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return os.WriteFile(s.opts.Profile, b, 0o600)
}
