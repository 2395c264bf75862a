//go:build linux

// Package report keeps what a run found, makes ratios of it, and writes them down:
// as a table, as JSON, and into a document with its plots.
package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"agenthub/cmd/hubbench/crowd"
	"agenthub/cmd/hubbench/lab"
)

// Cell is one measurement as it is written down. Times of a request are in µs of
// processor time, latencies in ms.
type Cell struct {
	Name    string  `json:"name"`
	Asked   float64 `json:"askedPerSecond,omitempty"`
	Rate    float64 `json:"perSecond"`
	Server  float64 `json:"serverMicros"`
	Redis   float64 `json:"redisMicros"`
	Client  float64 `json:"clientMicros"`
	P50     float64 `json:"p50"`
	P90     float64 `json:"p90"`
	P99     float64 `json:"p99"`
	P999    float64 `json:"p999"`
	Max     float64 `json:"max"`
	Valid   bool    `json:"valid"`
	Other   float64 `json:"otherCores"`
	Seconds float64 `json:"seconds"`
}

// Ratio is one row of the goal table.
type Ratio struct {
	What   string    `json:"what"`
	Goal   float64   `json:"goal"`   // 0: none
	AtMost bool      `json:"atMost"` // else at least
	Held   float64   `json:"held"`   // reached so far: asserted, with slack, where the goal is not; 0: too noisy to assert
	Values []float64 `json:"values"` // one a round
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Unit   string    `json:"unit,omitempty"`
	// Counted is the same on a busy machine.
	Counted bool `json:"counted,omitempty"`
}

func (r Ratio) met() bool {
	if r.AtMost {
		return r.Median <= r.Goal
	}
	return r.Median >= r.Goal
}

// bound is what a run must not miss: the goal, or what was reached, with slack.
func (r Ratio) bound() float64 {
	if r.AtMost {
		return max(r.Goal, r.Held) * slack
	}
	return min(r.Goal, r.Held) / slack
}

// goal is what is aimed at, in words; none for what is only told.
func (r Ratio) goal() string {
	switch {
	case r.Goal == 0:
		return ""
	case r.AtMost:
		return fmt.Sprintf("≤ %g%s", r.Goal, r.Unit)
	}
	return fmt.Sprintf("≥ %g%s", r.Goal, r.Unit)
}

func (r Ratio) beyond(value float64) bool {
	return r.Held != 0 && (r.AtMost && value > r.bound() || !r.AtMost && value < r.bound())
}

// undecided reports whether the rounds contradict each other: a median beyond
// the bound, and over a quarter of the rounds within it.
func (r Ratio) undecided() bool {
	within := 0
	for _, v := range r.Values {
		if !r.beyond(v) {
			within++
		}
	}
	return r.beyond(r.Median) && within*4 > len(r.Values)
}

// Report is what a run found.
type Report struct {
	Machine  lab.Machine    `json:"machine"`
	At       string         `json:"at"`
	Settings string         `json:"settings"`
	Cells    []Cell         `json:"cells"`
	Ratios   []Ratio        `json:"ratios"`
	Fanouts  []crowd.Spread `json:"fanouts,omitempty"`
	Idle     []crowd.Idle   `json:"idle,omitempty"`
	Counts   []Count        `json:"counts,omitempty"`
	Lines    []string       `json:"lines,omitempty"` // of the longer tables

	mu sync.Mutex // guards Cells while two are measured at the same time
}

// New begins the report of a run with these settings, in words.
func New(ctx context.Context, l *lab.Lab, settings string) *Report {
	return &Report{Machine: l.Machine(ctx), At: time.Now().UTC().Format(time.RFC3339), Settings: settings}
}

// Add writes one measurement down and tells it at once.
func (r *Report) Add(name string, p crowd.Plan, res crowd.Result) {
	per := func(process string) float64 {
		return float64(res.Usage.CPU[process].Microseconds()) / max(1, float64(res.Answered))
	}
	c := Cell{
		Name: name, Asked: p.Rate, Rate: res.Rate, Server: per("server"), Redis: per("redis"), Client: per("client"), P50: res.P50, P90: res.P90,
		P99: res.P99, P999: res.P999, Max: res.Max, Valid: res.Valid, Other: res.Usage.Other, Seconds: res.Usage.Took.Seconds(),
	}
	if p.Beside != nil {
		c.Client = 0 // it served both
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Cells = append(r.Cells, c)
	fmt.Fprintf(os.Stderr, "%-20s %8.0f/s  server %5.1f  redis %5.1f  client %5.1f µs  p50 %6.2f  p99 %7.2f ms  others %.2f cores%s\n", name, c.Rate,
		c.Server, c.Redis, c.Client, c.P50, c.P99, c.Other, map[bool]string{false: "  INVALID: under 98 % of the asked rate"}[c.Valid])
}

// of gives all cells of a name, in order.
func (r *Report) of(name string) (list []Cell) {
	for _, c := range r.Cells {
		if c.Name == name {
			list = append(list, c)
		}
	}
	return list
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// Median is the median of a value over the rounds of a cell; 0 if there was none.
func (r *Report) Median(name string, value func(Cell) float64) float64 {
	var v []float64
	for _, c := range r.of(name) {
		v = append(v, value(c))
	}
	return median(v)
}

// AddRatio adds a row if there was a round of it; value gives it for one.
func (r *Report) AddRatio(row Ratio, rounds int, value func(round int) float64) {
	if rounds == 0 {
		return
	}
	for i := range rounds {
		row.Values = append(row.Values, value(i))
	}
	row.Median, row.Min, row.Max = median(row.Values), slices.Min(row.Values), slices.Max(row.Values)
	r.Ratios = append(r.Ratios, row)
}

// Conclude makes the ratios of all cells that there are by now.
func (r *Report) Conclude() {
	r.Ratios = nil
	r.rateRatios()
	r.latencyRatios()
	r.AddRatio(Ratio{What: "one event to 1,000 supervisors ÷ a raw write loop", Goal: 1.3, AtMost: true}, len(r.Fanouts)/2,
		func(i int) float64 { return r.Fanouts[2*i+1].Median / r.Fanouts[2*i].Median })
	if len(r.Idle) > 0 {
		r.AddRatio(Ratio{What: fmt.Sprintf("RSS per idle agent, %d signed in and served once", r.Idle[0].Agents), Goal: 12, AtMost: true, Held: 12, Unit: " KiB"},
			len(r.Idle), func(i int) float64 { return r.Idle[i].RSS })
	}
}

func (r *Report) rateRatios() {
	scripts, hub, off := r.of("scripts"), r.of("hub"), r.of("unbatched")
	beside, echo := r.of("hub, beside echo"), r.of("echo, beside hub")
	ours, cycle := r.of("scripts, beside cycle"), r.of("cycle")
	versus := r.of("versus")
	r.AddRatio(Ratio{What: "this hub's CPU per request ÷ the other's"}, len(versus),
		func(i int) float64 { return hub[i].Server / versus[i].Server })
	r.AddRatio(Ratio{What: "Redis CPU per request of this hub ÷ the other's"}, len(versus),
		func(i int) float64 { return hub[i].Redis / versus[i].Redis })
	n := len(off)
	r.AddRatio(Ratio{What: "hub CPU per request ÷ (echo CPU + pipelined client CPU)", Goal: 1.4, AtMost: true, Held: 1.6}, n,
		func(i int) float64 { return beside[i].Server / (echo[i].Server + scripts[i].Client) })
	node, besideNode := r.of("node"), r.of("hub, beside node")
	r.AddRatio(Ratio{What: "hub CPU per request ÷ that of Node's ws + ioredis, same scripts", Goal: 0.6, AtMost: true, Held: 0.86}, len(node),
		func(i int) float64 { return besideNode[i].Server / node[i].Server })
	r.AddRatio(Ratio{What: "requests/s ÷ our own scripts raw", Goal: 0.6}, n,
		func(i int) float64 { return hub[i].Rate / scripts[i].Rate })
	r.AddRatio(Ratio{What: "Redis instructions of our reserve + skip per request ÷ cycle", Goal: 3, AtMost: true, Held: 3.2, Counted: true}, len(r.Counts),
		func(i int) float64 { return r.Counts[i].Ours / r.Counts[i].Cycle })
	r.AddRatio(Ratio{What: "Redis CPU of our reserve + skip per request ÷ cycle"}, len(cycle),
		func(i int) float64 { return ours[i].Redis / cycle[i].Redis })
	// Where Redis is what limits both, batches cannot show in requests/s; what they save the hub shows everywhere.
	r.AddRatio(Ratio{What: "batching on ÷ off, requests/s", Goal: 1.5}, n,
		func(i int) float64 { return hub[i].Rate / off[i].Rate })
	r.AddRatio(Ratio{What: "batching off ÷ on, hub CPU per request", Goal: 1.5, Held: 1.4}, n,
		func(i int) float64 { return off[i].Server / hub[i].Server })
}

func (r *Report) latencyRatios() {
	p50 := func(c Cell) float64 { return c.P50 }
	half, echoHalf := r.of("hub at half load"), r.of("echo at half load")
	r.AddRatio(Ratio{What: "p99 at half load ÷ echo p99 at the same rate", Goal: 6, AtMost: true}, len(half),
		func(i int) float64 { return half[i].P99 / echoHalf[i].P99 })
	own := r.of("echo at half of its own")
	r.AddRatio(Ratio{What: "p99 at half load ÷ echo p99 at half of its own"}, len(own),
		func(i int) float64 { return half[i].P99 / own[i].P99 })
	low, echoLow, lone := r.of("hub at 2,000/s"), r.of("echo at 2,000/s"), r.of("lone call")
	r.AddRatio(Ratio{What: "p50 at 2,000/s ÷ (echo + one lone call)", Goal: 2, AtMost: true}, len(low),
		func(i int) float64 { return p50(low[i]) / (p50(echoLow[i]) + p50(lone[i])) })
}

// Count is how many instructions of Redis a request takes.
type Count struct {
	Ours  float64 `json:"ours"`
	Cycle float64 `json:"cycle"`
}

// AddCount adds what was counted.
func (r *Report) AddCount(c Count) {
	r.Counts = append(r.Counts, c)
	fmt.Fprintf(os.Stderr, "Redis: %.1f thousand instructions a request, cycle %.1f\n", c.Ours/1000, c.Cycle/1000)
}

// AddFanout adds a round of the hub and of the plain loop.
func (r *Report) AddFanout(floor, hub crowd.Spread) {
	r.Fanouts = append(r.Fanouts, floor, hub)
	fmt.Fprintf(os.Stderr, "fan-out to %d: %.2f ms, raw write loop %.2f ms; %.1f and %.1f µs a delivery\n", hub.Receivers, hub.Median, floor.Median, hub.CPU, floor.CPU)
}

// AddIdle adds a round of agents that do nothing.
func (r *Report) AddIdle(out crowd.Idle) {
	r.Idle = append(r.Idle, out)
	fmt.Fprintf(os.Stderr, "idle: %.1f KiB for each of %d agents; %.0f sign-ins/s\n", out.RSS, out.Agents, out.SignIns)
}

// Line adds a line to the report and tells it at once.
func (r *Report) Line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.Lines = append(r.Lines, text)
	fmt.Fprintln(os.Stderr, text)
}

// Print shows the ratios as a table.
func (r *Report) Print(to io.Writer) error {
	out := new(strings.Builder)
	fmt.Fprintf(out, "\n%s, %d cores, %s, Linux %s, %s, Redis %s, commit %s\n%s; %s\n\n", r.Machine.CPU, r.Machine.Cores, r.Machine.Memory,
		r.Machine.Kernel, r.Machine.Go, r.Machine.Redis, r.Machine.Commit, r.Settings, r.At)
	rows := new(strings.Builder)
	if len(r.Ratios) > 0 {
		rows.WriteString("what\tmedian\tmin\tmax\tgoal\t\n")
	}
	for _, row := range r.Ratios {
		verdict := ""
		if !row.met() {
			verdict = "missed"
		}
		fmt.Fprintf(rows, "%s\t%.2f%s\t%.2f\t%.2f\t%s\t%s\n", row.What, row.Median, row.Unit, row.Min, row.Max, row.goal(), verdict)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = io.WriteString(t, rows.String()) // a Builder takes everything
	_ = t.Flush()
	if len(r.Ratios) > 0 {
		out.WriteString("\nEvery answer was matched and counted; acknowledged skips = events = requeued.\n")
	}
	_, err := io.WriteString(to, out.String())
	return err
}

// WriteJSON writes all figures to a file.
func (r *Report) WriteJSON(file string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	return os.WriteFile(file, append(b, '\n'), 0o600)
}

// ErrNoisy says that the machine was too busy to tell.
var ErrNoisy = errors.New("too noisy to tell, nothing is asserted")

// Slack of the assertion, and how much of a core others may use.
const (
	slack = 1.2
	quiet = 0.25
)

// Assert fails with the ratios that are beyond their bound. What was measured on
// a busy machine proves nothing either way, nor do rounds that contradict each
// other: a neighbour on the same host takes caches and time that /proc does not show.
func (r *Report) Assert() error {
	var slow, unclear error
	for _, row := range r.Ratios {
		if !row.beyond(row.Median) {
			continue
		}
		err := fmt.Errorf("%s: %.2f%s is beyond %.2f%s", row.What, row.Median, row.Unit, row.bound(), row.Unit)
		if row.Counted {
			return err
		}
		if row.undecided() {
			unclear = errors.Join(unclear, err)
		} else {
			slow = errors.Join(slow, err)
		}
	}
	loud := 0
	for _, c := range r.Cells {
		if c.Other > quiet {
			loud++
		}
	}
	if err := errors.Join(slow, unclear); err != nil && (slow == nil || loud*2 > len(r.Cells)) {
		return fmt.Errorf("%w (%w)", ErrNoisy, err)
	}
	return slow
}
