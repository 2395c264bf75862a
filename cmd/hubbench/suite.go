//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"agenthub/cmd/hubbench/crowd"
	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/report"
)

// suite is one run: the cells and the servers they share.
type suite struct {
	lab    *lab.Lab
	opts   options
	report *report.Report
	runs   *crowd.Runs
	echo   *lab.Process
	on     *lab.Site // the hub as it is
	off    *lab.Site // the same without batches
	ours   *crowd.Callers
	cycle  *crowd.Callers
	node   *lab.Site // a peer: see OpenPeer
	peer   *suite    // has a Redis of its own, for what is measured side by side: cycle, and with --versus the other program
}

// takes is how often everything is measured at most before a ratio counts as too slow.
const takes = 3

// measure takes all cells in turn, so many rounds. With --assert, what is beyond
// its bound is measured again, and counts with all rounds together.
func (s *suite) measure(ctx context.Context) error {
	if s.opts.wants("count") {
		if err := s.count(ctx); err != nil {
			return fmt.Errorf("count: %w", err)
		}
	}
	if s.opts.Only == "count" {
		s.report.Conclude()
		return nil
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	switch s.opts.Only {
	case "scripts":
		return s.scripts(ctx)
	case "hub":
		return s.alone(ctx)
	}
	for take := 1; ; take++ {
		if err := s.take(ctx); err != nil {
			return err
		}
		s.report.Conclude()
		err := s.report.Assert()
		if !s.opts.Assert || take == takes || err == nil {
			return nil
		}
		fmt.Fprintf(os.Stderr, "measuring again, %d of %d: %v\n", take+1, takes, err)
	}
}

// take measures each cell so many rounds.
func (s *suite) take(ctx context.Context) error {
	if s.opts.wants("rate") {
		for round := range s.opts.Rounds {
			if err := s.rates(ctx, round); err != nil {
				return err
			}
		}
	}
	if s.opts.wants("peers") {
		for range s.opts.Rounds {
			if err := s.hubAndNode(ctx, crowd.Plan{Warm: warm, Window: s.opts.Window}); err != nil {
				return err
			}
		}
	}
	if s.opts.wants("latency") {
		if err := s.latencies(ctx); err != nil {
			return err
		}
	}
	if s.opts.wants("ramp") {
		if err := s.ramp(ctx); err != nil {
			return err
		}
	}
	if s.opts.Fanout > 0 && s.opts.wants("fanout") {
		if err := s.fanout(ctx); err != nil {
			return err
		}
	}
	if s.opts.Idle > 0 && s.opts.wants("idle") {
		times := min(s.opts.Rounds, 3)
		if s.opts.Quick && !s.opts.Assert {
			times = 1
		}
		for range times {
			out, err := crowd.MeasureIdle(ctx, s.lab, s.opts.Idle, s.runs)
			if err != nil {
				return fmt.Errorf("idle: %w", err)
			}
			s.report.AddIdle(out)
		}
	}
	return nil
}

// scripts measures what Redis does alone: for work on the scripts.
func (s *suite) scripts(ctx context.Context) error {
	p := crowd.Plan{Warm: warm, Window: s.opts.Window}
	for range s.opts.Rounds {
		if err := s.scriptsAndCycle(ctx, p); err != nil {
			return err
		}
	}
	s.report.Conclude()
	return nil
}

func (s *suite) prepare(ctx context.Context) (err error) {
	o := s.opts
	if s.opts.Only == "hub" {
		if s.on, err = s.lab.OpenSite(ctx, "hub", o.Campaigns); err != nil || o.Versus == "" {
			return err
		}
		if err := s.join(ctx, o.Versus); err != nil {
			return err
		}
		s.peer.on, err = s.peer.lab.OpenSite(ctx, "versus", o.Campaigns)
		return err
	}
	if s.echo, err = s.lab.StartSelf(ctx, "echo"); err != nil {
		return err
	}
	if s.on, err = s.lab.OpenSite(ctx, "hub", o.Campaigns); err != nil {
		return err
	}
	if s.off, err = s.lab.OpenSite(ctx, "off", o.Campaigns, "--unbatched"); err != nil {
		return err
	}
	if s.ours, err = crowd.OurScripts(ctx, s.lab, o.Agents, o.Campaigns); err != nil {
		return err
	}
	if err := s.join(ctx, s.lab.HubBin); err != nil {
		return err
	}
	if s.peer.cycle, err = crowd.CycleScript(ctx, s.peer.lab, o.Agents); err != nil || !o.wants("peers") {
		return err
	}
	s.peer.node, err = crowd.OpenPeer(ctx, s.peer.lab, o.Agents, o.Campaigns)
	return err
}

// warm is how long a cell runs before it is measured.
const warm = 700 * time.Millisecond

// needed is how many contacts a cell may use: no machine of this size does more
// fetches a second.
func needed(p crowd.Plan) int {
	rate := p.Rate
	if rate == 0 {
		rate = 50_000
	}
	return int(rate / 2 * (p.Warm + p.Window).Seconds() * 1.2)
}

// rates measures capacity and processor time of everything once.
func (s *suite) rates(ctx context.Context, round int) error {
	p := crowd.Plan{Warm: warm, Window: s.opts.Window}
	cells := []func() error{
		func() error { return s.crowd(ctx, "echo", s.echo, nil, p) },
		func() error { return s.bare(ctx, "scripts", s.ours, p) },
		func() error { return s.scriptsAndCycle(ctx, p) },
		func() error { return s.hubAndEcho(ctx, p) },
		func() error { return s.crowd(ctx, "hub", s.on.Process, s.on, p) },
		func() error { return s.crowd(ctx, "unbatched", s.off.Process, s.off, p) },
	}
	for i := range cells { // another order each round
		if err := cells[(i+round)%len(cells)](); err != nil {
			return err
		}
	}
	return nil
}

// crowd measures agents at a hub, or at the echo server (no site).
func (s *suite) crowd(ctx context.Context, name string, at *lab.Process, hub *lab.Site, p crowd.Plan) error {
	res, err := s.drive(ctx, at, hub, s.opts.Agents, p)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.report.Add(name, p, res)
	return nil
}

func (s *suite) drive(ctx context.Context, at *lab.Process, hub *lab.Site, agents int, p crowd.Plan) (res crowd.Result, err error) {
	pids := p.PIDs(map[string]int{"server": at.PID(), "client": os.Getpid(), "redis": s.lab.RedisPID})
	var pool *lab.Pool
	if hub != nil {
		if err := hub.Pool.Ensure(ctx, needed(p)+agents); err != nil {
			return res, err
		}
		pool = hub.Pool
	}
	c, err := crowd.Gather(ctx, s.lab, at, pool, agents, "agent", s.runs)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, c.Leave()) }()
	profiled := make(chan error, 1)
	profile := s.opts.Profile != "" && hub != nil && p.Rate == 0 && hub == s.on
	if profile {
		go func() { profiled <- s.profile(ctx, hub, p) }() // waited for below
	}
	if res, err = c.Run(ctx, p, pids); err != nil {
		return res, err
	}
	if profile {
		err = <-profiled
	}
	if hub != nil {
		err = errors.Join(err, c.Audit(ctx, hub))
	}
	return res, err
}

func (s *suite) bare(ctx context.Context, name string, b *crowd.Callers, p crowd.Plan) error {
	if b.Pool != nil {
		if err := b.Pool.Ensure(ctx, needed(p)+s.opts.Agents); err != nil {
			return err
		}
	}
	res, err := b.Run(ctx, crowd.PipelineWorkers, crowd.PipelineDepth, p, s.lab.RedisPID)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.report.Add(name, p, res)
	return nil
}

// latencies measures the open loops: at 2,000 a second, and at half of what the
// closed loop reached; the echo also at half of its own, which is what this
// machine's p99 is when it is as busy.
func (s *suite) latencies(ctx context.Context) error {
	half, own := s.half("hub", 16_000), s.half("echo", 80_000)
	for range s.opts.Rounds {
		for _, open := range []struct {
			suffix string
			rate   float64
			hub    bool
		}{{" at 2,000/s", 2000, true}, {" at half load", half, true}, {" at half of its own", own, false}} {
			p := crowd.Plan{Warm: warm, Window: s.opts.Window, Rate: open.rate}
			if err := s.crowd(ctx, "echo"+open.suffix, s.echo, nil, p); err != nil {
				return err
			}
			if !open.hub {
				continue
			}
			if err := s.crowd(ctx, "hub"+open.suffix, s.on.Process, s.on, p); err != nil {
				return err
			}
		}
		p := crowd.Plan{Warm: warm / 2, Window: s.opts.Window / 4}
		if err := s.ours.Pool.Ensure(ctx, needed(p)); err != nil {
			return err
		}
		res, err := s.ours.Run(ctx, 1, 1, p, s.lab.RedisPID)
		if err != nil {
			return err
		}
		s.report.Add("lone call", p, res)
	}
	return nil
}

// half is half of what a closed loop reached, or of what is likely if none was run.
func (s *suite) half(name string, likely float64) float64 {
	if rate := s.report.Median(name, func(c report.Cell) float64 { return c.Rate }); rate > 0 {
		return rate / 2
	}
	return likely / 2
}

// ramp steps up to the capacity and finds the knee: the first step that is not
// reached, or whose p99 is ten times that of the first.
func (s *suite) ramp(ctx context.Context) error {
	top := 2 * s.half("hub", 16_000)
	for _, percent := range []float64{10, 25, 50, 75, 90, 100} {
		p := crowd.Plan{Warm: warm, Window: s.opts.Window, Rate: top * percent / 100}
		if err := s.crowd(ctx, fmt.Sprintf("ramp %.0f %%", percent), s.on.Process, s.on, p); err != nil {
			return err
		}
	}
	s.report.Line("ramp: the knee is at %s requests/s", s.report.Knee())
	return nil
}

// fanout measures the hub and the plain loop by turns.
func (s *suite) fanout(ctx context.Context) error {
	for range s.opts.Rounds {
		if err := s.fanoutOnce(ctx); err != nil {
			return fmt.Errorf("fan-out: %w", err)
		}
	}
	return nil
}

func (s *suite) fanoutOnce(ctx context.Context) (err error) {
	const times = 100
	if err := s.on.Pool.Ensure(ctx, times*2); err != nil {
		return err
	}
	raw, err := crowd.Floor(ctx, s.lab, s.opts.Fanout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.End()) }()
	hub, err := crowd.Feed(ctx, s.lab, s.on, s.opts.Fanout, s.runs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.End()) }()
	out, err := crowd.MeasureSpreads(ctx, times, raw, hub)
	if err == nil {
		s.report.AddFanout(out[0], out[1])
	}
	return err
}
