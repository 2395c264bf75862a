package store

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"agenthub/contacts/keys"
	"agenthub/contacts/layers"
	"agenthub/contacts/packs"
	"agenthub/contacts/script"
	"agenthub/contacts/store/lua"
	"agenthub/contacts/store/terms"
)

// scripts are all of them; each does one transition, see the head of its file.
type scripts struct {
	imports, openSession, drop, closeSession, rejoin, beat, signOut         *script.Script
	reserve, getReserved, skip, dial, extend, outcome, contactZone, contact *script.Script
	count, narrow, setState, reap, release, withdraw, assign, decide, block *script.Script
	campaign, alert, clock, zones, law, bring, unblock, place, would        *script.Script
	erase, purge                                                            *script.Script
	lists                                                                   layers.Scripts
	all                                                                     []*script.Script
}

// source is what scripts are put together from.
func source(k keys.Keys, p Policy, figures *script.Metrics) script.Source {
	return script.Source{Files: lua.Files, Prefix: k.One(""), Figures: figures, Given: map[string]string{
		"law":      packs.Lua(),
		"outcomes": fmt.Sprintf("local OUTCOMES = {%s}\n", terms.DefaultOutcomes()),
		"reasons":  fmt.Sprintf("local REASONS = {%s}\n", terms.DefaultReasons()),
		"policy": fmt.Sprintf("local MIN_HOLD, SKIP_DELAY, SKIP_AVOID, SKIP_LIMIT = %s, %s, %s, %d\n",
			ms(p.MinHold), ms(p.SkipDelay), ms(p.SkipAvoid), p.SkipLimit),
	}}
}

// newScripts puts them together; figures may be nil.
func newScripts(k keys.Keys, p Policy, figures *script.Metrics) (*scripts, error) {
	from := source(k, p, figures)
	var s scripts
	for name, field := range map[string]**script.Script{
		"import": &s.imports, "open_session": &s.openSession, "drop": &s.drop, "close_session": &s.closeSession,
		"rejoin": &s.rejoin, "beat": &s.beat, "sign_out": &s.signOut, "reserve": &s.reserve,
		"get_reserved": &s.getReserved, "skip": &s.skip, "dial": &s.dial, "extend": &s.extend, "outcome": &s.outcome,
		"contact_zone": &s.contactZone, "contact": &s.contact, "count": &s.count, "narrow": &s.narrow, "set_state": &s.setState, "reap": &s.reap,
		"release": &s.release, "withdraw": &s.withdraw, "assign": &s.assign, "decide": &s.decide, "block": &s.block,
		"campaign": &s.campaign, "alert": &s.alert, "unblock": &s.unblock, "place": &s.place, "would": &s.would, "erase": &s.erase, "purge": &s.purge,
		"begin_list": &s.lists.Begin, "edit_list": &s.lists.Edit, "put_list": &s.lists.Put, "drop_list": &s.lists.Drop, "sweep_list": &s.lists.Sweep, "bucket": &s.lists.Bucket,
		"clock": &s.clock, "zones": &s.zones, "law": &s.law, "bring": &s.bring, "check_members": new(*script.Script), "check_totals": new(*script.Script), "mend": new(*script.Script), // those are audit's
	} {
		text, err := from.Script(name)
		if err != nil {
			return nil, err
		}
		*field = text
		s.all = append(s.all, *field)
	}
	return &s, nil
}

// Scripts are all scripts as Redis runs them for a tenant, by name.
func Scripts(tenant string, p Policy) ([]*script.Script, error) {
	s, err := newScripts(keys.New(tenant), p, nil)
	if err != nil {
		return nil, err
	}
	all := s.all
	slices.SortFunc(all, func(a, b *script.Script) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Script is one of Scripts.
func Script(tenant string, p Policy, name string) (*script.Script, error) {
	if _, err := fs.Stat(lua.Files, name+".lua"); err != nil {
		return nil, fmt.Errorf("there is no script %q (agenthub script lists them)", name)
	}
	return source(keys.New(tenant), p, nil).Script(name)
}
