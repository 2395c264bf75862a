package lists

import (
	"slices"
	"strings"
	"unicode/utf8"

	"agenthub/contacts"
	"agenthub/contacts/lists/headers"
)

// Ignored is a column of a CSV, or a key of its objects, that the hub does not
// know: nothing that stands in it was taken.
type Ignored struct {
	Column string `json:"column"`          // as the file has it, numbers masked; "#5" is the fifth, without a name but not blank
	Meant  string `json:"meant,omitempty"` // the column it was probably meant for; the file has none of that name
}

// Limits of what is told of them, so that neither memory nor an answer grows with a file.
const (
	IgnoredMost = 100 // names; "…" stands for the rest
	mostName    = 64  // bytes of a name
)

// unknown gathers the names that are no columns, each once.
type unknown struct {
	have  [headers.Count]bool // the columns that the file has
	seen  map[string]bool     // names as the file has them, cut: rows repeat theirs
	names []string            // as they are told
	more  bool
}

func (u *unknown) note(name string) {
	known := name[:min(len(name), mostName)]
	switch {
	case u.seen[known]:
	case len(u.seen) == IgnoredMost:
		u.more = true
	default:
		if u.seen == nil {
			u.seen = map[string]bool{}
		}
		u.seen[strings.Clone(known)] = true
		if name = fit(name); !slices.Contains(u.names, name) {
			u.names = append(u.names, name)
		}
	}
}

// fit makes a name fit to be told: it may be a number, or hide a mark that turns a terminal around.
func fit(name string) string {
	name = contacts.MaskDigits(strings.Map(func(c rune) rune {
		if !contacts.Plain(string(c), utf8.UTFMax) {
			return '?'
		}
		return c
	}, strings.TrimSpace(name)))
	if len(name) > mostName {
		name = strings.ToValidUTF8(name[:mostName], "") + "…"
	}
	return name
}

// hint asks whether one of the names was meant for a column that is missing. It
// quotes no other: the first line may be a person's and no header at all.
func (u *unknown) hint(field headers.Field) string {
	for _, one := range u.all() {
		if one.Meant == field.String() {
			return " (is it " + one.Column + "?)"
		}
	}
	return ""
}

// all tells the names in the order of the file. What was meant is told where it
// is not there: beside phoneNumber, a "phone" is another number.
func (u *unknown) all() []Ignored {
	var all []Ignored
	for _, name := range u.names {
		one := Ignored{Column: name}
		if field := headers.Meant(name); field != headers.None && !u.have[field] {
			one.Meant = field.String()
		}
		all = append(all, one)
	}
	if u.more {
		all = append(all, Ignored{Column: "…"})
	}
	return all
}
