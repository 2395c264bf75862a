package lists

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/packs"
	"agenthub/contacts/store/terms"
	"agenthub/contacts/zones"
	"agenthub/session/identity"
)

// The import fields of protocol.md section 6.
const (
	colContactID = iota
	colCampaignID
	colPhoneNumber
	colAccountNumber
	colMode
	colQueue
	colPrefix
	colSuffix
	colName
	colPriority
	colExpiryTime
	colCallbackTime
	colCallType
	colPersonalAgent
	colNotBefore
	colTimeZone
	colAttemptsBefore
	colRegion
	colPostalCode
	columnCount
)

var columnNames = [columnCount]string{
	"contactId", "campaignId", "phoneNumber", "accountNumber", "mode", "queue", "prefix", "suffix", "name",
	"priority", "expiryTime", "callbackTime", "callType", "personalAgent", "notBefore", "timeZone", "attemptsBefore", "region", "postalCode",
}

// columnNamed finds a column in any letter case, written together or with
// spaces, dashes or underscores.
func columnNamed(name string) (int, bool) {
	name = strings.NewReplacer(" ", "", "_", "", "-", "").Replace(name)
	for col, known := range columnNames {
		if strings.EqualFold(name, known) {
			return col, true
		}
	}
	return 0, false
}

// fields are the values of one row as text, "" for what it does not say.
type fields [columnCount]string

// row checks every field. Errors name the field and never quote its value: it
// may be a number in the wrong column.
func (rr *RowReader) row(f fields) (contacts.Row, error) {
	for col := range f {
		f[col] = strings.TrimSpace(f[col])
		if err := f.check(col); err != nil {
			return contacts.Row{}, fieldError(col, err)
		}
	}
	if f[colTimeZone] != "" {
		zone, err := rr.zones.Resolve(f[colTimeZone])
		if err != nil {
			return contacts.Row{}, fieldError(colTimeZone, err)
		}
		f[colTimeZone] = zone
	}
	if _, ok := packs.Subdivision(strings.ToUpper(f[colRegion])); f[colRegion] != "" && !ok {
		return contacts.Row{}, fieldError(colRegion, errors.New("is no US state or Canadian province in two letters"))
	}
	number, err := contacts.Phone(f[colPhoneNumber]).Match(f[colPrefix], rr.region)
	if err != nil {
		return contacts.Row{}, fieldError(colPhoneNumber, err)
	}
	r := contacts.Row{
		ID:            contacts.ID(f[colContactID]),
		Campaign:      contacts.CampaignID(f[colCampaignID]),
		Phone:         contacts.Phone(f[colPhoneNumber]),
		E164:          number.E164,
		AccountNumber: f[colAccountNumber],
		Mode:          f[colMode],
		Queue:         f[colQueue],
		Prefix:        f[colPrefix],
		Suffix:        f[colSuffix],
		Name:          f[colName],
		PersonalAgent: identity.AgentID(f[colPersonalAgent]),
		TimeZone:      f[colTimeZone],
		Region:        strings.ToUpper(f[colRegion]),
		PostalCode:    f[colPostalCode],
	}
	if r.AccountNumber == "" {
		r.AccountNumber = string(r.ID)
	}
	if r.Priority, err = smallNumber(f[colPriority], 9); err != nil {
		return contacts.Row{}, fieldError(colPriority, err)
	}
	if r.CallType, err = smallNumber(f[colCallType], contacts.CallPersonalCallback); err != nil {
		return contacts.Row{}, fieldError(colCallType, err)
	}
	if (r.CallType == contacts.CallPersonalCallback) != (r.PersonalAgent != "") {
		return contacts.Row{}, fieldError(colPersonalAgent, errors.New("goes with callType 2, and callType 2 with it"))
	}
	if r.ExpiryTime, err = instant(f[colExpiryTime]); err != nil {
		return contacts.Row{}, fieldError(colExpiryTime, err)
	}
	if r.CallbackTime, err = instant(f[colCallbackTime]); err != nil {
		return contacts.Row{}, fieldError(colCallbackTime, err)
	}
	if r.NotBefore, err = instant(f[colNotBefore]); err != nil {
		return contacts.Row{}, fieldError(colNotBefore, err)
	}
	if r.AttemptsBefore, err = instants(f[colAttemptsBefore]); err != nil {
		return contacts.Row{}, fieldError(colAttemptsBefore, err)
	}
	if slices.Contains(terms.Elsewhere(r, rr.zones), zones.ByRegion) {
		return contacts.Row{}, fieldError(colRegion, errors.New("is of the US or Canada, and the number of another country: give timeZone in its place"))
	}
	return r, nil
}

// maxBytes bounds each field; 0 where the parser does.
var maxBytes = [columnCount]int{
	colContactID: 128, colCampaignID: 128, colPhoneNumber: 64, colAccountNumber: 128, colMode: 64, colQueue: 64,
	colPrefix: 32, colSuffix: 32, colName: 200, colPriority: 8, colExpiryTime: 64, colCallbackTime: 64,
	colCallType: 8, colPersonalAgent: 128, colNotBefore: 64, colTimeZone: 64, colAttemptsBefore: 8192, colRegion: 8, colPostalCode: 16,
}

// check is what holds for a field by itself, as text.
func (f *fields) check(col int) error {
	switch {
	case f[col] == "" && col <= colPhoneNumber:
		return errors.New("is missing")
	case len(f[col]) > maxBytes[col]:
		return errors.New("is too long")
	case !contacts.Plain(f[col], maxBytes[col]):
		return errors.New("has characters that cannot be printed")
	}
	return nil
}

// formula is how a spreadsheet is made to keep a number as text: ="2125550123".
var formula = regexp.MustCompile(`(^|[,;\t])="([^"]*)"([,;\t]|$)`)

// plainText quotes such a cell as CSV does; its quotes would stand inside a field.
func plainText(line []byte) []byte {
	if !bytes.Contains(line, []byte(`="`)) {
		return line
	}
	return formula.ReplaceAll(formula.ReplaceAll(line, []byte(`$1"$2"$3`)), []byte(`$1"$2"$3`)) // twice: neighbours share a comma
}

func fieldError(col int, err error) error { return errors.New(columnNames[col] + ": " + err.Error()) }

func smallNumber(s string, most int) (int, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) != 1 || s[0] < '0' || int(s[0]-'0') > most {
		return 0, fmt.Errorf("is no number from 0 to %d", most)
	}
	return int(s[0] - '0'), nil
}

func instant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, errors.New("is no time like 2026-01-31T18:00:00Z")
	}
	return t.UTC().Truncate(time.Second), nil
}

// instants reads times with spaces or | between them. They are past: one that is
// not would keep everybody from calling until then.
func instants(s string) ([]time.Time, error) {
	var all []time.Time
	for text := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ' ' || c == '|' }) {
		t, err := instant(text)
		if err != nil {
			return nil, err
		}
		if t.After(time.Now()) {
			return nil, errors.New("has a time that is still to come")
		}
		if all = append(all, t); len(all) > contacts.AttemptsKept {
			return nil, fmt.Errorf("has more than %d times", contacts.AttemptsKept)
		}
	}
	return all, nil
}
