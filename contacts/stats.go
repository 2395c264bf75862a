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

// tallyOf makes a tally of which ended is at least 1.
func tallyOf(skips, ended int) Tally {
	return Tally{skips, ended, float64(skips) / float64(ended)}
}

// add counts one reservation that ended.
func (t *Tally) add(skipped bool) {
	skips := t.Skips
	if skipped {
		skips++
	}
	*t = tallyOf(skips, t.Ended+1)
}

// ends reports whether an event ended a reservation, and whether by a skip. Who
// cannot say that it dials, and never told an outcome, may have dialled.
func ends(e *Event) (ended, skipped bool) {
	switch e.Type {
	case "skip", "skip_close":
		return true, true
	case "dial", "expire", "release":
		return true, false
	}
	return e.Type == "review" && e.Reason == "maybe_dialled", false
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

// reasonTally is a reason's share of all reservations that ended, by whatever.
type reasonTally struct {
	Reason string `json:"reason"`
	Tally
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
	out, err := a.stats.get(ctx, in.question(f, in.By, from, to), func(ctx context.Context) (statsJSON, error) {
		return a.countSkips(ctx, f, in.By, from, to)
	})
	if err != nil {
		return nil, err
	}
	return &body[statsJSON]{out}, nil
}

// question is the same for those alone who may be told the same: %#v tells a
// token for no campaign from one for all. Only a time that nobody gave may be
// another's of the same minute.
func (q *HistoryQuery) question(f Filter, by string, from, to time.Time) string {
	if q.From.IsZero() {
		from = from.Truncate(time.Minute)
	}
	if q.To.IsZero() {
		to = to.Truncate(time.Minute)
	}
	return fmt.Sprintf("%#v %q %d %d", f, by, from.UnixMilli(), to.UnixMilli())
}

// reasonsTold bounds how many reasons are told: they are free text. The rest
// stand under othersTold.
const (
	reasonsTold = 1000
	othersTold  = "…"
)

// countSkips counts everything that ended for the filter's agent and campaign;
// its reason and type choose which skips are counted, not what they are a share of.
func (a *API) countSkips(ctx context.Context, f Filter, by string, from, to time.Time) (statsJSON, error) {
	chosen := Filter{Reason: f.Reason, Type: f.Type}
	f.Reason, f.Type = "", ""
	out := statsJSON{From: stamp(from), To: stamp(to)}
	minutes, agents, campaigns, reasons := map[string]*Tally{}, map[string]*Tally{}, map[string]*Tally{}, map[string]*Tally{}
	count := func(in map[string]*Tally, key string, skipped bool) {
		if in[key] == nil {
			in[key] = &Tally{}
		}
		in[key].add(skipped)
	}
	parts := split{by: by, minutes: map[string]map[string]int{}}
	err := a.Store.Walk(ctx, f, from, to, func(e Event) error {
		ended, skipped := ends(&e)
		if !ended {
			return nil
		}
		skipped = skipped && chosen.Match(&e)
		minute := e.At[:len("2006-01-02T15:04")]
		out.Total.add(skipped)
		count(minutes, minute, skipped)
		count(agents, e.Agent, skipped)
		count(campaigns, e.Campaign, skipped)
		if skipped {
			if reasons[e.Reason] == nil && len(reasons) >= reasonsTold {
				e.Reason = othersTold
			}
			count(reasons, e.Reason, skipped)
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
	out.Reasons = ranked(reasons, func(key string, t Tally) reasonTally { return reasonTally{key, tallyOf(t.Skips, out.Total.Ended)} })
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
