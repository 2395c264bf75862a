package store

import (
	"strconv"
	"strings"

	"agenthub/contacts"
	"agenthub/contacts/keys"
)

// How paceTerms writes who is counted, and a refusal's code.
var (
	paceOf   = map[string]string{contacts.PerPerson: "p", contacts.PerContact: "c", contacts.PerAccount: "a"} //nolint:gochecknoglobals // a table
	paceCode = map[string]string{contacts.TooManyAttempts: "m", contacts.TooSoon: "s"}                        //nolint:gochecknoglobals // a table
)

// outcomeMark stands before and behind each outcome of a rule. No id has it.
const outcomeMark = "\x1e"

// paceTerms are what a fetch and a dial must know of a person who was called, see
// lib/tooOften.lua: a line for each rule, its code, name, number of calls, window in
// ms, who is counted, and the outcomes that count, "" for all.
func paceTerms(r contacts.Rules) string {
	var b strings.Builder
	for _, rule := range r.Pace() {
		outcomes := ""
		for _, id := range rule.Outcomes {
			outcomes += outcomeMark + string(id)
		}
		if outcomes != "" {
			outcomes += outcomeMark
		}
		b.WriteString(strings.Join([]string{
			paceCode[rule.Code], rule.Name, strconv.Itoa(rule.Max), ms(rule.Window), paceOf[rule.Per], outcomes,
		}, keys.Unit))
		b.WriteByte('\n')
	}
	return b.String()
}
