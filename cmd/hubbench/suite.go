//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// suite is one run: the cells and the servers they share.
type suite struct {
	lab    *lab
	opts   options
	report *report
	runs   *runs
	echo   *process
	on     *site // the hub as it is
	off    *site // the same without batches
	ours   *callers
	cycle  *callers
	peer   *suite // has a Redis of its own, for what is measured side by side: cycle, and with --versus the other program
}

// takes is how often everything is measured at most before a ratio counts as too slow.
const takes = 3

// measure takes all cells in turn, so many rounds. With --assert, what is beyond
// its bound is measured again, and counts with all rounds together.
func (s *suite) measure(ctx context.Context) error {
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
		s.report.conclude()
		err := s.report.assert()
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
			out, err := idle(ctx, s.lab, s.opts.Idle, s.runs)
			if err != nil {
				return fmt.Errorf("idle: %w", err)
			}
			s.report.idle(out)
		}
	}
	return nil
}

// scripts measures what Redis does alone: for work on the scripts.
func (s *suite) scripts(ctx context.Context) error {
	p := plan{warm: warm, window: s.opts.Window}
	for range s.opts.Rounds {
		if err := s.scriptsAndCycle(ctx, p); err != nil {
			return err
		}
	}
	s.report.conclude()
	return nil
}

func (s *suite) prepare(ctx context.Context) (err error) {
	o := s.opts
	if s.opts.Only == "hub" {
		if s.on, err = s.lab.site(ctx, "hub", o.Campaigns); err != nil || o.Versus == "" {
			return err
		}
		if err := s.join(ctx, o.Versus); err != nil {
			return err
		}
		s.peer.on, err = s.peer.lab.site(ctx, "versus", o.Campaigns)
		return err
	}
	if s.echo, err = s.lab.self(ctx, "echo"); err != nil {
		return err
	}
	if s.on, err = s.lab.site(ctx, "hub", o.Campaigns); err != nil {
		return err
	}
	if s.off, err = s.lab.site(ctx, "off", o.Campaigns, "--unbatched"); err != nil {
		return err
	}
	if s.ours, err = ourScripts(ctx, s.lab, o.Agents, o.Campaigns); err != nil {
		return err
	}
	if err := s.join(ctx, s.lab.hubBin); err != nil {
		return err
	}
	s.peer.cycle, err = cycleScript(ctx, s.peer.lab, o.Agents)
	return err
}

// warm is how long a cell runs before it is measured.
const warm = 700 * time.Millisecond

// needed is how many contacts a cell may use: no machine of this size does more
// fetches a second.
func needed(p plan) int {
	rate := p.rate
	if rate == 0 {
		rate = 50_000
	}
	return int(rate / 2 * (p.warm + p.window).Seconds() * 1.2)
}

// rates measures capacity and processor time of everything once.
func (s *suite) rates(ctx context.Context, round int) error {
	p := plan{warm: warm, window: s.opts.Window}
	cells := []func() error{
		func() error { return s.crowd(ctx, "echo", s.echo, nil, p) },
		func() error { return s.bare(ctx, "scripts", s.ours, p) },
		func() error { return s.scriptsAndCycle(ctx, p) },
		func() error { return s.hubAndEcho(ctx, p) },
		func() error { return s.crowd(ctx, "hub", s.on.process, s.on, p) },
		func() error { return s.crowd(ctx, "unbatched", s.off.process, s.off, p) },
	}
	for i := range cells { // another order each round
		if err := cells[(i+round)%len(cells)](); err != nil {
			return err
		}
	}
	return nil
}

// crowd measures agents at a hub, or at the echo server (no site).
func (s *suite) crowd(ctx context.Context, name string, at *process, hub *site, p plan) error {
	res, err := s.drive(ctx, at, hub, s.opts.Agents, p)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.report.add(name, p, res)
	return nil
}

func (s *suite) drive(ctx context.Context, at *process, hub *site, agents int, p plan) (res result, err error) {
	pids := p.pids(map[string]int{"server": at.pid(), "client": os.Getpid(), "redis": s.lab.rpid})
	var pool *pool
	if hub != nil {
		if err := hub.pool.ensure(ctx, needed(p)+agents); err != nil {
			return res, err
		}
		pool = hub.pool
	}
	c, err := gather(ctx, s.lab, at, pool, agents, "agent", s.runs)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, c.leave()) }()
	profiled := make(chan error, 1)
	profile := s.opts.Profile != "" && hub != nil && p.rate == 0 && hub == s.on
	if profile {
		go func() { profiled <- s.profile(ctx, hub, p) }() // waited for below
	}
	if res, err = c.run(ctx, p, pids); err != nil {
		return res, err
	}
	if profile {
		err = <-profiled
	}
	if hub != nil {
		err = errors.Join(err, c.audit(ctx, hub))
	}
	return res, err
}

func (s *suite) bare(ctx context.Context, name string, b *callers, p plan) error {
	if b.pool != nil {
		if err := b.pool.ensure(ctx, needed(p)+s.opts.Agents); err != nil {
			return err
		}
	}
	res, err := b.run(ctx, bareWorkers, bareDepth, p, s.lab.rpid)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.report.add(name, p, res)
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
			p := plan{warm: warm, window: s.opts.Window, rate: open.rate}
			if err := s.crowd(ctx, "echo"+open.suffix, s.echo, nil, p); err != nil {
				return err
			}
			if !open.hub {
				continue
			}
			if err := s.crowd(ctx, "hub"+open.suffix, s.on.process, s.on, p); err != nil {
				return err
			}
		}
		p := plan{warm: warm / 2, window: s.opts.Window / 4}
		if err := s.ours.pool.ensure(ctx, needed(p)); err != nil {
			return err
		}
		res, err := s.ours.run(ctx, 1, 1, p, s.lab.rpid)
		if err != nil {
			return err
		}
		s.report.add("lone call", p, res)
	}
	return nil
}

// half is half of what a closed loop reached, or of what is likely if none was run.
func (s *suite) half(name string, likely float64) float64 {
	if rate := s.report.median(name, func(c cell) float64 { return c.Rate }); rate > 0 {
		return rate / 2
	}
	return likely / 2
}

// ramp steps up to the capacity and finds the knee: the first step that is not
// reached, or whose p99 is ten times that of the first.
func (s *suite) ramp(ctx context.Context) error {
	top := 2 * s.half("hub", 16_000)
	for _, percent := range []float64{10, 25, 50, 75, 90, 100} {
		p := plan{warm: warm, window: s.opts.Window, rate: top * percent / 100}
		if err := s.crowd(ctx, fmt.Sprintf("ramp %.0f %%", percent), s.on.process, s.on, p); err != nil {
			return err
		}
	}
	s.report.line("ramp: the knee is at %s requests/s", s.report.knee())
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
	if err := s.on.pool.ensure(ctx, times*2); err != nil {
		return err
	}
	raw, err := floor(ctx, s.lab, s.opts.Fanout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.end()) }()
	hub, err := feed(ctx, s.lab, s.on, s.opts.Fanout, s.runs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.end()) }()
	out, err := spreads(ctx, times, raw, hub)
	if err == nil {
		s.report.fanout(out[0], out[1])
	}
	return err
}

// profile takes a CPU profile of the hub while it is measured.
func (s *suite) profile(ctx context.Context, hub *site, p plan) error {
	pause(ctx, p.warm)
	url := fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/profile?seconds=%d", hub.admin, max(1, int(p.window.Seconds())))
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
