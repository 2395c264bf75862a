package lists

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"agenthub/contacts"
	"agenthub/contacts/nearest"
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

// synonyms are what other systems call our columns, in small letters and digits
// alone. They are never read as if they were ours: who says "number" may mean
// an account, and the file's owner knows.
var synonyms = [columnCount]string{
	colContactID:     "id contact customerid leadid personid recordid",
	colCampaignID:    "campaign campaignname",
	colPhoneNumber:   "phone phone1 phoneno number tel telephone telephonenumber mobile mobilephone mobilenumber cell cellphone homephone msisdn",
	colAccountNumber: "account accountid accountno acct lcmkey",
	colName:          "firstname lastname surname fullname contactname customername accountname",
	colPriority:      "prio rank",
	colExpiryTime:    "expiry expires expirydate expiration expirationdate validuntil",
	colCallbackTime:  "callback callbackat callbackdate",
	colPersonalAgent: "agent agentid owner",
	colNotBefore:     "callafter",
	colTimeZone:      "tz tzid tzname zone timezonename timezoneid olson iana",
	colRegion:        "state statecode stateprovince province provincecode",
	colPostalCode:    "zip zip5 zipcode zippostalcode postcode postal plz",
}

// slip is of how many letters one may be wrong: of three, a reason were a region, and a date a name.
const slip = 6

// meant is the column that a name which is none was probably meant for; -1 if there is none.
func meant(name string) int {
	typed := strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, name)
	for col, words := range synonyms {
		if slices.Contains(strings.Fields(words), typed) {
			return col
		}
	}
	return slices.Index(columnNames[:], nearest.Name(typed, columnNames[:], slip))
}

// unknown gathers the names that are no columns, each once.
type unknown struct {
	have  [columnCount]bool // the columns that the file has
	seen  map[string]bool   // names as the file has them, cut: rows repeat theirs
	names []string          // as they are told
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
func (u *unknown) hint(col int) string {
	for _, one := range u.all() {
		if one.Meant == columnNames[col] {
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
		if col := meant(name); col >= 0 && !u.have[col] {
			one.Meant = columnNames[col]
		}
		all = append(all, one)
	}
	if u.more {
		all = append(all, Ignored{Column: "…"})
	}
	return all
}
