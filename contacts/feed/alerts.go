package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/history"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// AlertLimits say when supervisors are alerted. Zero fields have their defaults.
type AlertLimits struct {
	Rate        float64       // skips ÷ ended reservations of an agent or a campaign; default 0.25
	Reason      float64       // one reason ÷ all skips of a campaign; default 0.5
	Least       int           // no share is told of fewer; default 10
	Window      time.Duration // over which shares are taken; default 15 minutes
	Row         int           // skips in a row; default 4
	Burst       int           // skips within BurstWindow; default 5
	BurstWindow time.Duration // default 60 seconds
	ClearAt     float64       // an alert clears at this part of its limit …; default 0.8
	ClearFor    time.Duration // … kept for so long; default 5 minutes
}

func (l AlertLimits) withDefaults() AlertLimits {
	return AlertLimits{
		Rate: cmp.Or(l.Rate, 0.25), Reason: cmp.Or(l.Reason, 0.5), Least: cmp.Or(l.Least, 10), Window: cmp.Or(l.Window, 15*time.Minute),
		Row: cmp.Or(l.Row, 4), Burst: cmp.Or(l.Burst, 5), BurstWindow: cmp.Or(l.BurstWindow, time.Minute),
		ClearAt: cmp.Or(l.ClearAt, 0.8), ClearFor: cmp.Or(l.ClearFor, 5*time.Minute),
	}
}

// Alert is something a supervisor should look at. It is open until ClearedAt.
type Alert struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind" enum:"rate_agent,rate_campaign,in_a_row,burst,reason"`
	Subject   string  `json:"subject" doc:"the agent or the campaign it is about"`
	Campaign  string  `json:"campaign" doc:"the campaign, or the one in which the agent was seen"`
	Agent     string  `json:"agent" doc:"empty if it is about a campaign"`
	Value     float64 `json:"value" doc:"what was measured: a share or a count"`
	Limit     float64 `json:"limit"`
	N         int     `json:"n" doc:"what a share is a share of"`
	Since     string  `json:"since"`
	ClearedAt string  `json:"clearedAt"`
	AckedBy   string  `json:"ackedBy"`
	AckedAt   string  `json:"ackedAt"`
	Seq       int64   `json:"seq" doc:"of the event that told it"`

	field   string
	cleared time.Time
}

// alertFields are the parts of a record in alerts, in the order alert.lua packs them.
const alertFields = 12

func parseAlert(field, packed string) (Alert, error) {
	f := strings.Split(packed, keys.Unit)
	if len(f) != alertFields {
		return Alert{}, fmt.Errorf("feed: an alert has %d parts, not %d", len(f), alertFields)
	}
	seq, err := strconv.ParseInt(f[0], 10, 64)
	if err != nil {
		return Alert{}, errors.New("feed: an alert has no seq")
	}
	value, _ := strconv.ParseFloat(f[4], 64)
	limit, _ := strconv.ParseFloat(f[5], 64)
	a := Alert{
		ID: f[0], Kind: f[1], Agent: keys.Unescape(f[2]), Campaign: keys.Unescape(f[3]), Value: value, Limit: limit, N: keys.Int(f[6]), Since: contacts.Stamp(keys.Time(f[7])),
		ClearedAt: contacts.Stamp(keys.Time(f[8])), AckedBy: keys.Unescape(f[10]), AckedAt: contacts.Stamp(keys.Time(f[11])), Seq: seq, field: field, cleared: keys.Time(f[8]),
	}
	if a.Subject = a.Agent; a.Agent == "" {
		a.Subject = a.Campaign
	}
	return a, nil
}

func (a *Alert) key() alertKey { return alertKey{a.Kind, a.Subject} }

// Alerts lists what is open, and what cleared within --feed-age; newest first.
func (f *Feed) Alerts(ctx context.Context) ([]Alert, error) {
	all, err := f.rdb.HGetAll(ctx, f.keys.One("alerts")).Result()
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w: %w", script.ErrUnavailable, err)
	}
	alerts := make([]Alert, 0, len(all))
	for field, packed := range all {
		a, err := parseAlert(field, packed)
		if err != nil {
			return nil, err
		}
		alerts = append(alerts, a)
	}
	slices.SortFunc(alerts, func(a, b Alert) int { return cmp.Compare(b.Seq, a.Seq) })
	return alerts, nil
}

// Ack records who has seen an alert; the first one stays. It returns the alert,
// or contacts.ErrNotFound.
func (f *Feed) Ack(ctx context.Context, id, actor, note string) (Alert, error) {
	note, err := contacts.CleanNote("note", note)
	if err != nil {
		return Alert{}, err
	}
	a, err := f.alert(ctx, id)
	if err != nil {
		return Alert{}, err
	}
	text := "acknowledged"
	if note != "" {
		text += ": " + note
	}
	word, err := f.store.Alert(ctx, a.field, "ack", a.Seq, actor, text)
	if err != nil {
		return Alert{}, err
	}
	if word == "not_found" {
		return Alert{}, contacts.ErrNotFound
	}
	return f.alert(ctx, id)
}

func (f *Feed) alert(ctx context.Context, id string) (Alert, error) {
	all, err := f.Alerts(ctx)
	if err != nil {
		return Alert{}, err
	}
	i := slices.IndexFunc(all, func(a Alert) bool { return a.ID == id })
	if i < 0 {
		return Alert{}, contacts.ErrNotFound
	}
	return all[i], nil
}

// clearEvery is how often a node looks whether open alerts clear.
const clearEvery = 10 * time.Second

// RunAlerts raises and clears alerts until ctx ends. Every node runs it; the
// script lets one of them be the one that does it.
func (f *Feed) RunAlerts(ctx context.Context) {
	below := map[string]time.Time{} // alert → since when it is low enough to clear
	tick := time.NewTicker(clearEvery)
	defer tick.Stop()
	warm := false
	for {
		var err error
		if !warm {
			err = f.warmAlerts(ctx)
			warm = err == nil
		}
		if warm {
			err = f.raiseAlerts(ctx)
		}
		if err != nil && ctx.Err() == nil {
			f.log.Warn("alerts wait for the store", zap.String("reason", script.Class(err)))
		}
		select {
		case <-ctx.Done():
			return
		case <-f.alerts.wake:
		case <-tick.C:
			if wall, own, err := f.store.Times(ctx); err == nil && warm {
				_ = f.clearAlerts(ctx, wall, own, below) // the next tick tries again
			}
		}
	}
}

// warmAlerts counts the last quarter of an hour and goes on with what the
// follower sees.
func (f *Feed) warmAlerts(ctx context.Context) error {
	now, err := f.rdb.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("%w: %w", script.ErrUnavailable, err)
	}
	from := history.Bound(now.Add(-f.alerts.limits.Window), "-")
	for try := 0; ; try++ {
		err := f.past.Each(ctx, from, "+", func(e history.Entry) error {
			f.alerts.replay(&e)
			from = "(" + e.ID
			return nil
		})
		if err != nil {
			return err
		}
		if f.attach() {
			return nil
		}
		if script.Sleep(ctx, nil, script.Jitter(try)); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// attach makes the detector live if it has counted all that this node handed out,
// which is nothing to go by before the follower has a position.
func (f *Feed) attach() bool {
	d := f.alerts
	f.mu.Lock()
	defer f.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.live = f.placed && f.at.id.Compare(d.last) <= 0
	return d.live
}

func (f *Feed) raiseAlerts(ctx context.Context) error {
	found, seq := f.alerts.findings()
	var failed error
	for k, m := range found {
		agent := keys.Escape(k.subject)
		if k.kind == alertRateCampaign || k.kind == alertReason {
			agent = ""
		}
		_, err := f.store.Alert(ctx, k.kind+" "+keys.Escape(k.subject), "raise", seq, "hub", m.text, k.kind, agent, keys.Escape(m.campaign),
			strconv.FormatFloat(m.value, 'g', 4, 64), strconv.FormatFloat(m.limit, 'g', 4, 64), strconv.Itoa(m.n))
		failed = errors.Join(failed, err) // found again with the next skip
	}
	return failed
}

// clearAlerts closes what was low enough for long enough, forgets what cleared
// long ago, and learns what others raised.
func (f *Feed) clearAlerts(ctx context.Context, wall, now time.Time, below map[string]time.Time) error {
	alerts, err := f.Alerts(ctx)
	if err != nil {
		return err
	}
	limits, open := f.alerts.limits, map[alertKey]bool{}
	for _, a := range alerts {
		if !a.cleared.IsZero() {
			if wall.Sub(a.cleared) > f.keep {
				_, err = f.store.Alert(ctx, a.field, "forget", a.Seq, "hub", "")
			}
			continue
		}
		open[a.key()] = true
		m := f.alerts.measure(a.key(), now)
		if m.value > limits.ClearAt*m.limit {
			delete(below, a.ID)
			continue
		}
		if below[a.ID].IsZero() {
			below[a.ID] = now
		}
		if now.Sub(below[a.ID]) >= limits.ClearFor {
			if _, err = f.store.Alert(ctx, a.field, "clear", a.Seq, "hub", "cleared"); err == nil {
				delete(open, a.key())
				delete(below, a.ID)
			}
		}
	}
	f.alerts.settled(open, now)
	return err
}
