package store

import (
	//nolint:gosec // Redis names scripts by SHA-1; nothing is protected by it
	"embed"
	"fmt"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/script"

	"agenthub/contacts/keys"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// scripts are all of them; each does one transition, see the head of its file.
type scripts struct {
	imports, open, drop, close, rejoin, beat, signout     *script.Script
	reserve, held, skip, dial, extend, outcome            *script.Script
	count, state, reap, release, withdraw, assign, decide *script.Script
	block, campaign, check, totals, about, alert, now     *script.Script
}

// Script gives one script as the stores of a tenant send it, for who prints or
// measures it without a hub around it.
func Script(tenant string, p Policy, name string) (*script.Script, error) {
	text, err := assemble(keys.New(tenant), p, name)
	if err != nil {
		return nil, err
	}
	return script.New(name, text, script.NewMetrics(nil)), nil
}

func newScripts(k keys.Keys, p Policy, figures *script.Metrics) (*scripts, error) {
	var s scripts
	for name, place := range map[string]**script.Script{
		"import": &s.imports, "open": &s.open, "drop": &s.drop, "close": &s.close, "rejoin": &s.rejoin,
		"beat": &s.beat, "signout": &s.signout, "reserve": &s.reserve, "held": &s.held, "skip": &s.skip,
		"dial": &s.dial, "extend": &s.extend, "outcome": &s.outcome, "count": &s.count, "state": &s.state,
		"reap": &s.reap, "release": &s.release, "withdraw": &s.withdraw, "assign": &s.assign,
		"decide": &s.decide, "block": &s.block, "campaign": &s.campaign, "check": &s.check, "totals": &s.totals,
		"about": &s.about, "alert": &s.alert, "now": &s.now,
	} {
		text, err := assemble(k, p, name)
		if err != nil {
			return nil, err
		}
		*place = script.New(name, text, figures)
	}
	return &s, nil
}

// defaultEffects writes DefaultOutcomes as the entries of a Lua table: id to effect;delay in ms.
func defaultEffects() string {
	var b strings.Builder
	for _, o := range contacts.DefaultOutcomes() {
		fmt.Fprintf(&b, "['%s']='%s', ", o.ID, effectOf(o))
	}
	return b.String()
}

// defaultTerms writes DefaultSkipReasons likewise: id to terms.
func defaultTerms() string {
	var b strings.Builder
	for _, r := range contacts.DefaultSkipReasons() {
		fmt.Fprintf(&b, "['%s']='%s', ", r.ID, terms(r))
	}
	return b.String()
}

// terms are what skip.lua must know of a reason: b it blocks the number, n it needs a note.
func terms(r contacts.SkipReason) string {
	t := ""
	if r.Suppresses {
		t += "b"
	}
	if r.NeedsNote {
		t += "n"
	}
	return t
}

func effectOf(o contacts.OutcomeRule) string {
	return fmt.Sprintf("%s;%d", o.Effect, time.Duration(o.Delay).Milliseconds())
}
