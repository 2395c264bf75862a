package contacts

import (
	"crypto/sha1" //nolint:gosec // Redis names scripts by SHA-1; nothing is protected by it
	"embed"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// script is one Lua script with its tenant's prefix and the libraries it uses.
type script struct {
	name, text, sha string
	met             scriptStats
}

// scripts are all of them; each does one transition, see the head of its file.
type scripts struct {
	imports, open, drop, close, rejoin, beat, signout     *script
	reserve, held, skip, dial, extend, outcome            *script
	count, state, reap, release, withdraw, assign, decide *script
	block, campaign, check, totals, about, alert, now     *script
	all                                                   []*script
}

func newScripts(k keys, p Policy, clock string) (*scripts, error) {
	var s scripts
	for name, place := range map[string]**script{
		"import": &s.imports, "open": &s.open, "drop": &s.drop, "close": &s.close, "rejoin": &s.rejoin,
		"beat": &s.beat, "signout": &s.signout, "reserve": &s.reserve, "held": &s.held, "skip": &s.skip,
		"dial": &s.dial, "extend": &s.extend, "outcome": &s.outcome, "count": &s.count, "state": &s.state,
		"reap": &s.reap, "release": &s.release, "withdraw": &s.withdraw, "assign": &s.assign,
		"decide": &s.decide, "block": &s.block, "campaign": &s.campaign, "check": &s.check, "totals": &s.totals,
		"about": &s.about, "alert": &s.alert, "now": &s.now,
	} {
		text, err := assemble(k, p, name, clock)
		if err != nil {
			return nil, err
		}
		sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
		*place = &script{name: name, text: text, sha: hex.EncodeToString(sum[:])}
		s.all = append(s.all, *place)
	}
	return &s, nil
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
