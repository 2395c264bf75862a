//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"agenthub/cmd/hubbench/crowd"
	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/report"
)

// growth makes one thing many at a time. What a request costs the hub and Redis
// must stay flat: at most 1.2 times the smallest.
func (s *suite) growth(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.growSockets, s.growContacts, s.growCampaigns, s.growSupervisors, s.growNodes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// growthRate is slow enough for every size to keep up: what counts is the cost.
const growthRate = 4000

// costs measures one size and writes its line.
func (s *suite) costs(ctx context.Context, what string, size int, site *lab.Site, agents int) error {
	p := crowd.Plan{Warm: warm, Window: s.opts.Window, Rate: growthRate}
	res, err := s.drive(ctx, site.Process, site, agents, p)
	if err != nil {
		return fmt.Errorf("%d %s: %w", size, what, err)
	}
	s.report.Add(fmt.Sprintf("%d %s", size, what), p, res)
	return nil
}

func (s *suite) growSockets(ctx context.Context) error {
	for _, n := range []int{1000, 10_000, 15_000} {
		site, err := s.lab.OpenSite(ctx, "sockets"+strconv.Itoa(n), s.opts.Campaigns)
		if err != nil {
			return err
		}
		err = s.costs(ctx, "sockets", n, site, n)
		site.End()
		if err != nil {
			return err
		}
	}
	return nil
}

// growContacts fills the pool. A fetch takes a fresh contact, so the smallest
// size is what the measurement itself uses up.
func (s *suite) growContacts(ctx context.Context) error {
	for _, n := range []int{20_000, 100_000, 1_000_000} {
		site, err := s.lab.OpenSite(ctx, "contacts"+strconv.Itoa(n), s.opts.Campaigns)
		if err != nil {
			return err
		}
		if err = site.Pool.Ensure(ctx, n); err == nil {
			err = s.costs(ctx, "contacts", n, site, s.opts.Agents)
		}
		site.End()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *suite) growCampaigns(ctx context.Context) error {
	for _, n := range []int{1, 20, 200} {
		site, err := s.lab.OpenSite(ctx, "campaigns"+strconv.Itoa(n), n)
		if err != nil {
			return err
		}
		err = s.costs(ctx, "campaigns", n, site, s.opts.Agents)
		site.End()
		if err != nil {
			return err
		}
	}
	return nil
}

// growSupervisors measures what one delivery costs.
func (s *suite) growSupervisors(ctx context.Context) error {
	site, err := s.lab.OpenSite(ctx, "supervisors", s.opts.Campaigns)
	if err != nil {
		return err
	}
	defer site.End()
	for _, n := range []int{1, 100, 1000} {
		if err := site.Pool.Ensure(ctx, 1000); err != nil {
			return err
		}
		source, err := crowd.Feed(ctx, s.lab, site, n, s.runs)
		if err != nil {
			return fmt.Errorf("%d supervisors: %w", n, err)
		}
		out, err := crowd.MeasureSpreads(ctx, 100, source)
		if err := errors.Join(err, source.End()); err != nil {
			return fmt.Errorf("%d supervisors: %w", n, err)
		}
		s.report.Line("%d supervisors: %.1f µs of the hub for each delivery, %.2f ms until all have it", n, out[0].CPU, out[0].Median)
	}
	return nil
}

// growNodes lets several hubs share one Redis; the load goes to the first, the
// others follow its events and beat.
func (s *suite) growNodes(ctx context.Context) error {
	site, err := s.lab.OpenSite(ctx, "nodes", s.opts.Campaigns)
	if err != nil {
		return err
	}
	defer site.End()
	for _, n := range []int{1, 2, 3} {
		if n > 1 {
			more, err := s.lab.StartHub(ctx, "nodes"+strconv.Itoa(n), site.Tenant)
			if err != nil {
				return err
			}
			defer more.End()
		}
		if err := s.costs(ctx, "nodes", n, site, s.opts.Agents); err != nil {
			return err
		}
	}
	return nil
}

// load loads many contacts and watches time and memory.
func (s *suite) load(ctx context.Context) error {
	site, err := s.lab.OpenSite(ctx, "load", s.opts.Campaigns)
	if err != nil {
		return err
	}
	defer site.End()
	before, err := lab.Memory(s.lab.RedisPID, "VmRSS")
	if err != nil {
		return err
	}
	start := time.Now()
	if err := s.lab.Upload(ctx, site, s.opts.Load); err != nil {
		return err
	}
	took := time.Since(start)
	hub, err := lab.Memory(site.PID(), "VmHWM")
	if err != nil {
		return err
	}
	redis, err := lab.Memory(s.lab.RedisPID, "VmRSS")
	if err != nil {
		return err
	}
	s.report.Line("%d contacts over HTTP in %.1f s: %.0f rows/s; the hub's memory peaked at %d MiB, Redis grew by %d MiB (%.0f bytes a contact)",
		s.opts.Load, took.Seconds(), float64(s.opts.Load)/took.Seconds(), hub>>20, (redis-before)>>20, float64(redis-before)/float64(s.opts.Load))
	return site.Books.Audit(ctx, site.Pool, 0, 0)
}

// soak keeps a steady rate and looks at memory, cost and latency on the way.
func (s *suite) soak(ctx context.Context) error {
	site, err := s.lab.OpenSite(ctx, "soak", s.opts.Campaigns)
	if err != nil {
		return err
	}
	defer site.End()
	const slices = 10
	p := crowd.Plan{Warm: warm, Window: s.opts.Soak / slices, Rate: s.opts.SoakRate}
	for i := range slices {
		res, err := s.drive(ctx, site.Process, site, s.opts.Agents, p)
		if err != nil {
			return err
		}
		s.report.Add(fmt.Sprintf("soak %d of %d", i+1, slices), p, res)
		hub, err := lab.Memory(site.PID(), "VmRSS")
		redis, err2 := lab.Memory(s.lab.RedisPID, "VmRSS")
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		s.report.Line("soak %d of %d: hub %d MiB, redis %d MiB", i+1, slices, hub>>20, redis>>20)
	}
	first, last := s.report.Cells[0], s.report.Cells[slices-1]
	s.report.AddRatio(report.Ratio{What: "p99 of the last tenth of " + s.opts.Soak.String() + " ÷ the first", Goal: 1.5, AtMost: true}, 1,
		func(int) float64 { return last.P99 / first.P99 })
	s.report.AddRatio(report.Ratio{What: "hub and Redis CPU per request, last tenth ÷ first", Goal: 1.2, AtMost: true}, 1,
		func(int) float64 { return (last.Server + last.Redis) / (first.Server + first.Redis) })
	return nil
}
