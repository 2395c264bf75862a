// Package terms writes a campaign's rules as scripts read them: short texts that a
// contact's campaign, or the script itself, carries. It knows no Redis.
package terms

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/packs"
)

// Offer are what a fetch and a dial must know: paused;from;until;attempts a day;zone;which zones;week, see lib/offerRules.lua. From and
// until stand for a week of one window, for scripts of an older hub.
func Offer(r contacts.Rules) string {
	paused, from, until, days := "", "", "", ""
	if !r.Running() {
		paused = "1"
	}
	if week, limited := r.Week(); limited {
		days = week.Windows()
		if first := week.Week[0]; week.Week == [7]packs.Span{first, first, first, first, first, first, first} && !week.ShutOnHolidays {
			from, until = strconv.Itoa(first.From), strconv.Itoa(first.Until)
		}
	}
	return strings.Join([]string{paused, from, until, strconv.Itoa(r.Attempts()), r.DefaultTimeZone, r.ZoneFrom, days}, ";")
}

// Skip are what a skip must know: delay;avoid;limit, "" where the hub's own hold, and ";off" where only a reason that
// suppresses is taken.
func Skip(r contacts.Rules) string {
	delay, avoid, limit := "", "", ""
	if r.SkipDelay != nil {
		delay = ms(time.Duration(*r.SkipDelay))
	}
	if r.SkipAvoid != nil {
		avoid = ms(time.Duration(*r.SkipAvoid))
	}
	if r.SkipLimit > 0 {
		limit = strconv.Itoa(r.SkipLimit)
	}
	packed := strings.Join([]string{delay, avoid, limit}, ";")
	if r.Skip == contacts.SkipOff {
		packed += ";off"
	}
	return packed
}

// How Pace writes who is counted, and a refusal's code.
var (
	paceOf   = map[string]string{contacts.PerPerson: "p", contacts.PerContact: "c", contacts.PerAccount: "a"} //nolint:gochecknoglobals // a table
	paceCode = map[string]string{contacts.TooManyAttempts: "m", contacts.TooSoon: "s"}                        //nolint:gochecknoglobals // a table
)

// outcomeMark stands before and behind each outcome of a rule. No id has it.
const outcomeMark = "\x1e"

// Pace are what a fetch and a dial must know of a person who was called, see
// lib/tooOften.lua: a line for each rule, its code, name, number of calls, window in
// ms, who is counted, and the outcomes that count, "" for all.
func Pace(r contacts.Rules) string {
	var b strings.Builder
	for _, rule := range r.Pace() {
		b.WriteString(pace(rule))
	}
	return b.String()
}

func pace(rule contacts.PaceRule) string {
	outcomes := ""
	for _, id := range rule.Outcomes {
		outcomes += outcomeMark + string(id)
	}
	if outcomes != "" {
		outcomes += outcomeMark
	}
	return strings.Join([]string{
		paceCode[rule.Code], rule.Name, strconv.Itoa(rule.Max), ms(rule.Window), paceOf[rule.Per], outcomes,
	}, keys.Unit) + "\n"
}

// Limits are those of rule packs, in the form of Pace.
func Limits(limits []packs.Limit) string {
	var b strings.Builder
	for _, l := range limits {
		rule := contacts.PaceRule{Code: contacts.TooManyAttempts, Name: l.ID, Max: l.Max, Window: l.For(), Per: cmp.Or(l.Per, contacts.PerPerson)}
		for _, id := range l.Outcomes {
			rule.Outcomes = append(rule.Outcomes, contacts.RuleID(id))
		}
		b.WriteString(pace(rule))
	}
	return b.String()
}

// DefaultOutcomes writes DefaultOutcomes as the entries of a Lua table: id to effect;delay in ms.
func DefaultOutcomes() string {
	var b strings.Builder
	for _, o := range contacts.DefaultOutcomes() {
		fmt.Fprintf(&b, "['%s']='%s', ", o.ID, Outcome(o))
	}
	return b.String()
}

// DefaultReasons writes DefaultSkipReasons likewise: id to terms.
func DefaultReasons() string {
	var b strings.Builder
	for _, r := range contacts.DefaultSkipReasons() {
		fmt.Fprintf(&b, "['%s']='%s', ", r.ID, Reason(r))
	}
	return b.String()
}

// Reason is what skip.lua must know of a reason: b it blocks the number, n it needs a note.
func Reason(r contacts.SkipReason) string {
	t := ""
	if r.Suppresses {
		t += "b"
	}
	if r.NeedsNote {
		t += "n"
	}
	return t
}

// Outcome is what becomes of a contact with an outcome: effect;delay in ms.
func Outcome(o contacts.OutcomeRule) string {
	return fmt.Sprintf("%s;%d", o.Effect, time.Duration(o.Delay).Milliseconds())
}

func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
