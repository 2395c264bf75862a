package contacts

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Tally counts skips and ended reservations. A rate is never told without n.
type Tally struct {
	Skips int     `json:"skips"`
	Ended int     `json:"ended"`
	Rate  float64 `json:"rate" doc:"skips ÷ ended, 0 where nothing ended"`
}

// add counts one event and reports whether it ended a reservation. Who cannot
// say that it dials, and never told an outcome, may have dialled.
func (t *Tally) add(e *Event) bool {
	switch {
	case e.Type == "skip", e.Type == "skip_close":
		t.Skips++
	case e.Type == "dial", e.Type == "expire", e.Type == "release", e.Type == "review" && e.Reason == "maybe_dialled":
	default:
		return false
	}
	t.Ended++
	t.Rate = float64(t.Skips) / float64(t.Ended)
	return true
}

type minuteJSON struct {
	Minute string `json:"minute"`
	Tally
	Parts map[string]int `json:"parts,omitempty" doc:"its skips by what was asked for with by"`
}

type agentTally struct {
	Agent string `json:"agent"`
	Tally
}

type campaignTally struct {
	Campaign string `json:"campaign"`
	Tally
}

type reasonTally struct {
	Reason string `json:"reason"`
	Skips  int    `json:"skips"`
}

// statsJSON is the answer of GET /skips/stats.
type statsJSON struct {
	From      string          `json:"from"`
	To        string          `json:"to"`
	Total     Tally           `json:"total"`
	PerMinute []minuteJSON    `json:"perMinute" doc:"minutes in which something ended, oldest first"`
	Agents    []agentTally    `json:"agents" doc:"most skips first"`
	Campaigns []campaignTally `json:"campaigns" doc:"most skips first"`
	Reasons   []reasonTally   `json:"reasons" doc:"most skips first"`
}

func (a *API) skipStats(ctx context.Context, in *struct {
	HistoryQuery
	By string `query:"by" enum:"reason,campaign" doc:"split the skips of each minute: the three with most of them in the span, the rest under …"`
},
) (*body[statsJSON], error) {
	f, from, to, err := in.span(ctx)
	if err != nil {
		return nil, err
	}
	out, err := a.stats.get(ctx, statsQuestion(f, in.By, from, to), func(ctx context.Context) (statsJSON, error) {
		return a.countSkips(ctx, f, in.By, from, to)
	})
	if err != nil {
		return nil, err
	}
	return &body[statsJSON]{out}, nil
}

// statsQuestion is the same for those alone who may be told the same: %#v tells a
// token for no campaign from one for all.
func statsQuestion(f Filter, by string, from, to time.Time) string {
	return fmt.Sprintf("%#v %q %d %d", f, by, from.Unix()/60, to.Unix()/60)
}

// reasonsTold bounds how many reasons are told: they are free text. The rest
// stand under othersTold.
const (
	reasonsTold = 1000
	othersTold  = "…"
)

func (a *API) countSkips(ctx context.Context, f Filter, by string, from, to time.Time) (statsJSON, error) {
	out := statsJSON{From: stamp(from), To: stamp(to)}
	minutes, agents, campaigns, reasons := map[string]*Tally{}, map[string]*Tally{}, map[string]*Tally{}, map[string]*Tally{}
	count := func(in map[string]*Tally, key string, e *Event) {
		if in[key] == nil {
			in[key] = &Tally{}
		}
		in[key].add(e)
	}
	parts := split{by: by, minutes: map[string]map[string]int{}}
	err := a.Store.Walk(ctx, f, from, to, func(e Event) error {
		skips := out.Total.Skips
		if !out.Total.add(&e) {
			return nil
		}
		minute := e.At[:len("2006-01-02T15:04")]
		count(minutes, minute, &e)
		count(agents, e.Agent, &e)
		count(campaigns, e.Campaign, &e)
		if out.Total.Skips > skips {
			if reasons[e.Reason] == nil && len(reasons) >= reasonsTold {
				e.Reason = othersTold
			}
			count(reasons, e.Reason, &e)
			parts.add(minute, &e)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.PerMinute = make([]minuteJSON, 0, len(minutes))
	parts.fold()
	for _, minute := range slices.Sorted(maps.Keys(minutes)) {
		out.PerMinute = append(out.PerMinute, minuteJSON{minute + ":00Z", *minutes[minute], parts.minutes[minute]})
	}
	out.Agents = ranked(agents, func(key string, t Tally) agentTally { return agentTally{key, t} })
	out.Campaigns = ranked(campaigns, func(key string, t Tally) campaignTally { return campaignTally{key, t} })
	out.Reasons = ranked(reasons, func(key string, t Tally) reasonTally { return reasonTally{key, t.Skips} })
	return out, nil
}

// ranked puts most skips first, equals by name.
func ranked[T any](by map[string]*Tally, row func(string, Tally) T) []T {
	keys := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(by[b].Skips, by[a].Skips), cmp.Compare(a, b))
	})
	out := make([]T, len(keys))
	for i, key := range keys {
		out[i] = row(key, *by[key])
	}
	return out
}
