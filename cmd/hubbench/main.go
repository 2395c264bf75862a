//go:build linux

// Command hubbench measures the hub against its own baselines in one run, and
// counts while it does: what agents were told must be what Redis says.
//
// It starts a redis-server, hubs and an echo server as processes of their own on
// loopback; the generator is this process. Absolute figures say more about the
// machine than about the hub, so what counts are ratios of cells that took turns.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"agenthub/cmd/hubbench/crowd"
	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/report"

	"github.com/alecthomas/kong"
)

// options are the command line.
type options struct {
	Quick     bool          `help:"Short windows, no ramp: under two minutes."`
	Rounds    int           `default:"3" help:"How often the cells take turns; a ratio is the median."`
	Agents    int           `default:"1000" help:"Agents of the closed and open loops."`
	Campaigns int           `default:"10" help:"Campaigns their contacts are in."`
	Window    time.Duration `help:"How long one cell is measured (default 4s, 1s with --quick)."`
	Idle      int           `default:"10000" help:"Agents of the memory cell; 0 leaves it out."`
	Fanout    int           `default:"1000" help:"Supervisors of the fan-out cell; 0 leaves it out."`
	Only      string        `placeholder:"CELL" help:"Measure only these: count, rate, peers, latency, ramp, fanout, idle, as a,b,c (count: Redis' instructions, by valgrind; peers: beside a Node server that calls the same scripts, fetched from npm); or scripts: what Redis does alone; or hub: the hub alone, for work on it."`
	Soak      time.Duration `placeholder:"10m" help:"Instead of all that, run at a steady rate for so long and watch for growth."`
	SoakRate  float64       `default:"4000" help:"Requests a second of the soak."`
	Growth    bool          `help:"Instead of all that, make sockets, contacts, campaigns, supervisors and nodes many."`
	Load      int           `placeholder:"1000000" help:"Instead of all that, load so many contacts and watch time and memory."`
	Hub       string        `placeholder:"FILE" help:"An agenthub program; default: built from this module."`
	Versus    string        `placeholder:"FILE" help:"With --only hub: another agenthub program that is measured at the same time, side by side."`
	Law       bool          `help:"With --only hub: campaigns have hours and limits, persons a law of 2,000 rules, three do-not-call layers and calls before."`
	Redis     string        `placeholder:"PORT" help:"Use the empty Redis at 127.0.0.1:PORT instead of one of our own."`
	AOF       bool          `name:"aof" help:"Redis writes its append-only file (fsync each second)."`
	Doc       string        `placeholder:"FILE" help:"Put the figures into this Markdown file, between its marks, and draw the plots beside it."`
	JSON      string        `name:"json" placeholder:"FILE" help:"Write all figures there."`
	Assert    bool          `help:"Exit 1 if a ratio with headroom is 20 % worse than its goal, or than what was reached so far; 3 if the machine was too busy to tell."`
	Profile   string        `placeholder:"FILE" help:"Write a CPU profile of the hub under closed load."`
}

// Exit codes beside 0 and 1.
const exitNoisy = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 3 { // started by Lab.StartSelf
		switch os.Args[1] {
		case "echo":
			os.Exit(exitOf(lab.ServeEcho(ctx, os.Args[2])))
		case "floor":
			os.Exit(exitOf(lab.ServeFloor(ctx, os.Args[2])))
		}
	}
	var o options
	kong.Parse(&o, kong.Name("hubbench"), kong.Description("Measures the hub against its own baselines, and counts while it does."))
	if o.Window == 0 {
		o.Window = 4 * time.Second
		if o.Quick {
			o.Window = time.Second
		}
	}
	os.Exit(exitOf(run(ctx, o)))
}

func exitOf(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, report.ErrNoisy):
		fmt.Fprintln(os.Stderr, err)
		return exitNoisy
	}
	fmt.Fprintln(os.Stderr, "hubbench:", err)
	return 1
}

// wants reports whether a cell is to be measured.
func (o *options) wants(cell string) bool {
	if o.Only == "" {
		return cell != "ramp" || !o.Quick
	}
	return strings.Contains(","+o.Only+",", ","+cell+",")
}

// kind names the part of BENCHMARKS.md that a run is for.
func (o *options) kind() string {
	switch {
	case o.Load > 0:
		return "load"
	case o.Growth:
		return "growth"
	case o.Soak > 0:
		return "soak"
	}
	return "rates"
}

// settings are what a run is told, in words.
func (o *options) settings() string {
	aof := "off"
	if o.AOF {
		aof = "everysec"
	}
	return fmt.Sprintf("%d agents, %d campaigns, %d rounds of %s, append-only file %s, durability primary", o.Agents, o.Campaigns, o.Rounds, o.Window, aof)
}

// redisPort reads --redis. Only loopback has no other form: a bench must not be
// able to reach anybody's real store.
func (o *options) redisPort() (int, error) {
	if o.Redis == "" {
		return 0, nil
	}
	port := strings.TrimPrefix(strings.TrimPrefix(o.Redis, "redis://"), "127.0.0.1:")
	var n int
	if _, err := fmt.Sscanf(port+"\n", "%d\n", &n); err != nil || n < 1 || n > 65535 {
		return 0, errors.New("--redis is no port of 127.0.0.1: the bench uses no other machine")
	}
	return n, nil
}

func run(ctx context.Context, o options) (err error) {
	port, err := o.redisPort()
	if err != nil {
		return err
	}
	l, err := lab.New(ctx, o.Hub, port, o.AOF)
	if err != nil {
		return err
	}
	l.Law = o.Law
	defer func() { err = errors.Join(err, l.Close()) }()
	r := report.New(ctx, l, o.settings())
	s := &suite{lab: l, opts: o, report: r, runs: &crowd.Runs{}}
	defer func() { err = errors.Join(err, s.close()) }()
	switch {
	case o.Load > 0:
		err = s.load(ctx)
	case o.Growth:
		err = s.growth(ctx)
	case o.Soak > 0:
		err = s.soak(ctx)
	default:
		err = s.measure(ctx)
	}
	if err != nil {
		l.TellLogs(os.Stderr)
		return err
	}
	if err := r.Print(os.Stdout); err != nil {
		return err
	}
	if o.JSON != "" {
		if err := r.WriteJSON(o.JSON); err != nil {
			return err
		}
	}
	if o.Doc != "" {
		if err := r.Document(o.Doc, o.kind()); err != nil {
			return err
		}
	}
	if o.Assert {
		return r.Assert()
	}
	return nil
}
