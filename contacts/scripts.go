package contacts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	source "agenthub/contacts/script"
	"agenthub/contacts/store/lua"
)

// script is one Lua script with its tenant's prefix and the functions it uses.
type script struct {
	*source.Script
	met scriptStats
}

// scripts are all of them; each does one transition, see the head of its file.
type scripts struct {
	imports, openSession, drop, closeSession, rejoin, beat, signOut *script
	reserve, getReserved, skip, dial, extend, outcome, contactZone  *script
	count, setState, reap, release, withdraw, assign, decide, block *script
	campaign, checkMembers, checkTotals, alert, clock               *script
	all                                                             []*script
}

// newScripts puts them together. With a clock, that is read in place of Redis' time.
func newScripts(k keys, p Policy, clock string) (*scripts, error) {
	from := source.Source{Files: lua.Files, Prefix: k.prefix, Given: map[string]string{
		"outcomes": fmt.Sprintf("local OUTCOMES = {%s}\n", defaultEffects()),
		"reasons":  fmt.Sprintf("local REASONS = {%s}\n", defaultTerms()),
		"policy": fmt.Sprintf("local MIN_HOLD, SKIP_DELAY, SKIP_AVOID, SKIP_LIMIT = %s, %s, %s, %d\n",
			ms(p.MinHold), ms(p.SkipDelay), ms(p.SkipAvoid), p.SkipLimit),
	}}
	if clock != "" {
		from.Given["time"] = clock
	}
	var s scripts
	for name, field := range map[string]**script{
		"import": &s.imports, "open_session": &s.openSession, "drop": &s.drop, "close_session": &s.closeSession,
		"rejoin": &s.rejoin, "beat": &s.beat, "sign_out": &s.signOut, "reserve": &s.reserve,
		"get_reserved": &s.getReserved, "skip": &s.skip, "dial": &s.dial, "extend": &s.extend, "outcome": &s.outcome,
		"contact_zone": &s.contactZone, "count": &s.count, "set_state": &s.setState, "reap": &s.reap,
		"release": &s.release, "withdraw": &s.withdraw, "assign": &s.assign, "decide": &s.decide, "block": &s.block,
		"campaign": &s.campaign, "check_members": &s.checkMembers, "check_totals": &s.checkTotals, "alert": &s.alert,
		"clock": &s.clock,
	} {
		text, err := from.Script(name)
		if err != nil {
			return nil, err
		}
		*field = &script{Script: text}
		s.all = append(s.all, *field)
	}
	return &s, nil
}

// Scripts are all scripts as Redis runs them for a tenant, by name.
func Scripts(tenant string, p Policy) ([]*source.Script, error) {
	s, err := newScripts(newKeys(tenant), p, "")
	if err != nil {
		return nil, err
	}
	all := make([]*source.Script, len(s.all))
	for i, sc := range s.all {
		all[i] = sc.Script
	}
	slices.SortFunc(all, func(a, b *source.Script) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// defaultEffects writes DefaultOutcomes as the entries of a Lua table: id to effect;delay in ms.
func defaultEffects() string {
	var b strings.Builder
	for _, o := range DefaultOutcomes() {
		fmt.Fprintf(&b, "['%s']='%s', ", o.ID, effectOf(o))
	}
	return b.String()
}

// defaultTerms writes DefaultSkipReasons likewise: id to terms.
func defaultTerms() string {
	var b strings.Builder
	for _, r := range DefaultSkipReasons() {
		fmt.Fprintf(&b, "['%s']='%s', ", r.ID, terms(r))
	}
	return b.String()
}

// terms are what skip.lua must know of a reason: b it blocks the number, n it needs a note.
func terms(r SkipReason) string {
	t := ""
	if r.Suppresses {
		t += "b"
	}
	if r.NeedsNote {
		t += "n"
	}
	return t
}

func effectOf(o OutcomeRule) string {
	return fmt.Sprintf("%s;%d", o.Effect, time.Duration(o.Delay).Milliseconds())
}
