package desk_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/pace"
	"agenthub/contacts/packs"
)

func (l line) durations(key string) (all []time.Duration) {
	if l.opts[key] == "" {
		return nil
	}
	for text := range strings.SplitSeq(l.opts[key], ",") {
		d, err := time.ParseDuration(text)
		if err != nil {
			panic(err)
		}
		all = append(all, d)
	}
	return all
}

func ruleIDs(text string) (ids []contacts.RuleID) {
	for id := range strings.SplitSeq(text, "+") {
		ids = append(ids, contacts.RuleID(id))
	}
	return ids
}

// pace reads calls, gap and pause of a campaign.
func (l line) pace(r *contacts.Rules) {
	duration := func(text string) contacts.Duration {
		d, err := time.ParseDuration(text)
		if err != nil {
			panic(err)
		}
		return contacts.Duration(d)
	}
	if l.opts["gap"] != "" {
		r.MinGap = duration(l.opts["gap"])
	}
	for text := range strings.SplitSeq(l.opts["calls"], ",") {
		f := strings.Split(text, "/")
		if len(f) < 2 {
			continue
		}
		most, _ := strconv.Atoi(f[0])
		limit := contacts.AttemptLimit{Max: most, Window: duration(f[1])}
		if len(f) > 2 {
			limit.Per = f[2]
		}
		if len(f) > 3 {
			limit.Outcomes = ruleIDs(f[3])
		}
		r.Limits = append(r.Limits, limit)
	}
	for text := range strings.SplitSeq(l.opts["pause"], ",") {
		if ids, rest, ok := strings.Cut(text, "/"); ok {
			r.PauseAfter = append(r.PauseAfter, contacts.Pause{Outcomes: ruleIDs(ids), For: duration(rest)})
		}
	}
}

// plainPace are the rules as pace reads them: another implementation, to judge by.
func plainPace(r contacts.Rules) pace.Pace {
	texts := func(ids []contacts.RuleID) (out []string) {
		for _, id := range ids {
			out = append(out, string(id))
		}
		return out
	}
	var p pace.Pace
	for i, l := range r.Limits {
		p.Limits = append(p.Limits, packs.Limit{
			ID: fmt.Sprintf("attempts[%d]", i), Max: l.Max, Window: time.Duration(l.Window).String(), Per: l.Per, Outcomes: texts(l.Outcomes),
		})
	}
	if r.Limits == nil || r.MaxAttempts24h > 0 {
		p.Limits = append(p.Limits, packs.Limit{ID: "maxAttempts24h", Max: cmp.Or(r.MaxAttempts24h, 3), Window: "24h"})
	}
	p.Limits = append(p.Limits, packs.Limit{ID: "attemptsKept", Max: 100, Window: "720h"})
	p.MinGap = time.Duration(r.MinGap)
	for _, pause := range r.PauseAfter {
		p.PauseAfter = append(p.PauseAfter, pace.Pause{Outcomes: texts(pause.Outcomes), For: time.Duration(pause.For)})
	}
	return p
}

// rested is why the person must not be called again yet, nil if it may be.
func (m *model) rested(c *modelContact) *pace.Refusal {
	return plainPace(m.campaigns[c.campaign]).Refuses(m.calls[c.phone], c.id, c.account, time.UnixMilli(m.now))
}

// called: somebody called the person; where a list brought another number since, the one whose number it was, too.
func (m *model) called(c *modelContact, outcome string, phones ...string) {
	c.attempts++
	for _, phone := range phones {
		m.calls[phone] = append(m.calls[phone], pace.Attempt{At: time.UnixMilli(m.now), Outcome: outcome, Contact: c.id, Account: c.account})
	}
}

// phonesOf are the contact's number and the one that the agent called.
func (c *modelContact) phonesOf(agent string) []string {
	if called, held := c.heldPhone(agent); held && called != c.phone {
		return []string{c.phone, called}
	}
	return []string{c.phone}
}

// lastCall is the contact's to that number, nil if there is none.
func (m *model) lastCall(c *modelContact, phone string) *pace.Attempt {
	var last *pace.Attempt
	all := m.calls[phone]
	for i := range all {
		if all[i].Contact == c.id && (last == nil || all[i].At.After(last.At)) {
			last = &all[i]
		}
	}
	return last
}

// cameOf: what came of the contact's last call.
func (m *model) cameOf(c *modelContact, outcome string, phones []string) {
	for _, phone := range phones {
		if last := m.lastCall(c, phone); last != nil && outcome != "" {
			last.Outcome = outcome
		}
	}
}

// toldLate: of a contact that is over or in other hands. Who never says that it
// dials, and had it taken away, says so now.
func (m *model) toldLate(c *modelContact, outcome string, phones []string) {
	last := m.lastCall(c, c.phone)
	switch {
	case c.state == contacts.Closed && c.maybeDialledSince != 0 && (last == nil || last.At.UnixMilli() < c.maybeDialledSince):
		m.called(c, outcome, phones...)
	case c.state != contacts.Dialled:
		m.cameOf(c, outcome, phones)
	}
}

// carry: the contact's calls go with it to another number.
func (m *model) carry(c *modelContact, phone string) {
	if c.phone == phone {
		return
	}
	for _, a := range m.calls[c.phone] {
		if a.Contact == c.id && !slices.Contains(m.calls[phone], a) {
			m.calls[phone] = append(m.calls[phone], a)
		}
	}
}

// triedBefore: the list tells of calls made elsewhere; one in a second in which the
// contact was called is that call.
func (m *model) triedBefore(c *modelContact, l line) {
	for _, d := range l.durations("tried") {
		at := time.UnixMilli(m.now).Add(d).Truncate(time.Second)
		if !slices.ContainsFunc(m.calls[c.phone], func(a pace.Attempt) bool { return a.Contact == c.id && a.At.Unix() == at.Unix() }) {
			m.calls[c.phone] = append(m.calls[c.phone], pace.Attempt{At: at, Contact: c.id, Account: c.account})
		}
	}
}

// decided: who owns the contact is no more what the list said.
func (c *modelContact) decided() {
	if !c.changed {
		c.said, c.changed = c.owner, true
	}
}
