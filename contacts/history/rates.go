package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"agenthub/contacts"
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

// Minute is one minute of Rates.
type Minute struct {
	Minute string `json:"minute"`
	Tally
	Parts map[string]int `json:"parts,omitempty" doc:"its skips by what was asked for with by"`
}

// AgentTally is one agent's share.
type AgentTally struct {
	Agent string `json:"agent"`
	Tally
}

// CampaignTally is one campaign's share.
type CampaignTally struct {
	Campaign string `json:"campaign"`
	Tally
}

// ReasonTally is a reason's share of all reservations that ended, by whatever.
type ReasonTally struct {
	Reason string `json:"reason"`
	Tally
}

// Rates are the answer of GET /skips/stats.
type Rates struct {
	From      string          `json:"from"`
	To        string          `json:"to"`
	Total     Tally           `json:"total"`
	PerMinute []Minute        `json:"perMinute" doc:"minutes in which something ended, oldest first"`
	Agents    []AgentTally    `json:"agents" doc:"most skips first"`
	Campaigns []CampaignTally `json:"campaigns" doc:"most skips first"`
	Reasons   []ReasonTally   `json:"reasons" doc:"most skips first"`
}

// Span chooses what is counted.
type Span struct {
	contacts.Filter
	By       string // reason or campaign split the skips of each minute; "": nothing does
	From, To time.Time
	// A time that nobody gave may be another's of the same minute.
	AnyFrom, AnyTo bool
}

// question is the same for those alone who may be told the same: %#v tells a
// token for no campaign from one for all.
func (s *Span) question() string {
	from, to := s.From, s.To
	if s.AnyFrom {
		from = from.Truncate(time.Minute)
	}
	if s.AnyTo {
		to = to.Truncate(time.Minute)
	}
	return fmt.Sprintf("%#v %q %d %d", s.Filter, s.By, from.UnixMilli(), to.UnixMilli())
}

// Rates counts what ended in a span. Callers who ask for the same at the same
// time share the work.
func (l *Log) Rates(ctx context.Context, s Span) (Rates, error) {
	return l.rates.get(ctx, s.question(), func(ctx context.Context) (Rates, error) { return CountRates(ctx, l, s) })
}

// reasonsTold bounds how many reasons are told: they are free text. The rest
// stand under othersTold.
const (
	reasonsTold = 1000
	othersTold  = "…"
)

// Walker is the past as much of it as is counted.
type Walker interface {
	Walk(ctx context.Context, f contacts.Filter, from, to time.Time, visit func(contacts.Event) error) error
}

// CountRates counts everything that ended for the filter's agent and campaign;
// its reason and type choose which skips are counted, not what they are a share of.
func CountRates(ctx context.Context, w Walker, s Span) (Rates, error) {
	f, by, from, to := s.Filter, s.By, s.From, s.To
	chosen := contacts.Filter{Reason: f.Reason, Type: f.Type}
	f.Reason, f.Type = "", ""
	out := Rates{From: contacts.Stamp(from), To: contacts.Stamp(to)}
	minutes, agents, campaigns, reasons := map[string]*Tally{}, map[string]*Tally{}, map[string]*Tally{}, map[string]*Tally{}
	count := func(in map[string]*Tally, key string, skipped bool) {
		if in[key] == nil {
			in[key] = &Tally{}
		}
		in[key].add(skipped)
	}
	parts := chartParts{by: by, minutes: map[string]map[string]int{}}
	err := w.Walk(ctx, f, from, to, func(e contacts.Event) error {
		ended, skipped := e.Ends()
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
	out.PerMinute = make([]Minute, 0, len(minutes))
	parts.fold()
	for _, minute := range slices.Sorted(maps.Keys(minutes)) {
		out.PerMinute = append(out.PerMinute, Minute{minute + ":00Z", *minutes[minute], parts.minutes[minute]})
	}
	out.Agents = ranked(agents, func(key string, t Tally) AgentTally { return AgentTally{key, t} })
	out.Campaigns = ranked(campaigns, func(key string, t Tally) CampaignTally { return CampaignTally{key, t} })
	out.Reasons = ranked(reasons, func(key string, t Tally) ReasonTally { return ReasonTally{key, tallyOf(t.Skips, out.Total.Ended)} })
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
