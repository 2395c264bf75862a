package lists

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"agenthub/contacts"
	"agenthub/contacts/lists/headers"
	"agenthub/contacts/packs"
	"agenthub/contacts/store/terms"
	"agenthub/contacts/zones"
	"agenthub/session/identity"
)

// row checks every field. Errors name the field and never quote its value: it
// may be a number in the wrong column.
func (rr *RowReader) row(f Cells) (contacts.Row, error) {
	if strings.TrimSpace(f[headers.CampaignID]) == "" {
		f[headers.CampaignID] = string(rr.Campaign)
	}
	for field := range headers.Count {
		f[field] = strings.TrimSpace(f[field])
		if err := f.check(field); err != nil {
			return contacts.Row{}, fieldError(field, err)
		}
	}
	if f[headers.TimeZone] != "" {
		zone, err := rr.Zones.Resolve(f[headers.TimeZone])
		if err != nil {
			return contacts.Row{}, fieldError(headers.TimeZone, err)
		}
		f[headers.TimeZone] = zone
	}
	if _, ok := packs.Subdivision(strings.ToUpper(f[headers.Region])); f[headers.Region] != "" && !ok {
		return contacts.Row{}, fieldError(headers.Region, errors.New("is no US state or Canadian province in two letters"))
	}
	number, err := contacts.Phone(f[headers.PhoneNumber]).Match(f[headers.Prefix], rr.Region)
	if err != nil {
		return contacts.Row{}, fieldError(headers.PhoneNumber, err)
	}
	r := contacts.Row{
		ID:            contacts.ID(f[headers.ContactID]),
		Campaign:      contacts.CampaignID(f[headers.CampaignID]),
		Phone:         contacts.Phone(f[headers.PhoneNumber]),
		E164:          number.E164,
		AccountNumber: f[headers.AccountNumber],
		Mode:          f[headers.Mode],
		Queue:         f[headers.Queue],
		Prefix:        f[headers.Prefix],
		Suffix:        f[headers.Suffix],
		Name:          f[headers.Name],
		PersonalAgent: identity.AgentID(f[headers.PersonalAgent]),
		TimeZone:      f[headers.TimeZone],
		Region:        strings.ToUpper(f[headers.Region]),
		PostalCode:    f[headers.PostalCode],
	}
	if r.AccountNumber == "" {
		r.AccountNumber = string(r.ID)
	}
	if r.Priority, err = smallNumber(f[headers.Priority], 9); err != nil {
		return contacts.Row{}, fieldError(headers.Priority, err)
	}
	if r.CallType, err = smallNumber(f[headers.CallType], contacts.CallPersonalCallback); err != nil {
		return contacts.Row{}, fieldError(headers.CallType, err)
	}
	if (r.CallType == contacts.CallPersonalCallback) != (r.PersonalAgent != "") {
		return contacts.Row{}, fieldError(headers.PersonalAgent, errors.New("goes with callType 2, and callType 2 with it"))
	}
	if r.ExpiryTime, err = rr.instant(f[headers.ExpiryTime], f[headers.TimeZone]); err != nil {
		return contacts.Row{}, fieldError(headers.ExpiryTime, err)
	}
	if r.CallbackTime, err = rr.instant(f[headers.CallbackTime], f[headers.TimeZone]); err != nil {
		return contacts.Row{}, fieldError(headers.CallbackTime, err)
	}
	if r.NotBefore, err = rr.instant(f[headers.NotBefore], f[headers.TimeZone]); err != nil {
		return contacts.Row{}, fieldError(headers.NotBefore, err)
	}
	if r.AttemptsBefore, err = instants(f[headers.AttemptsBefore]); err != nil {
		return contacts.Row{}, fieldError(headers.AttemptsBefore, err)
	}
	if slices.Contains(terms.Elsewhere(r, rr.Zones), zones.ByRegion) {
		return contacts.Row{}, fieldError(headers.Region, errors.New("is of the US or Canada, and the number of another country: give timeZone in its place"))
	}
	return r, nil
}

// maxBytes bounds each field; 0 where the parser does.
var maxBytes = [headers.Count]int{
	headers.ContactID: 128, headers.CampaignID: 128, headers.PhoneNumber: 64, headers.AccountNumber: 128, headers.Mode: 64, headers.Queue: 64,
	headers.Prefix: 32, headers.Suffix: 32, headers.Name: 200, headers.Priority: 8, headers.ExpiryTime: 64, headers.CallbackTime: 64,
	headers.CallType: 8, headers.PersonalAgent: 128, headers.NotBefore: 64, headers.TimeZone: 64, headers.AttemptsBefore: 8192, headers.Region: 8, headers.PostalCode: 16,
}

// check is what holds for a field by itself, as text.
func (f *Cells) check(col headers.Field) error {
	switch {
	case f[col] == "" && col <= headers.PhoneNumber:
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

func fieldError(field headers.Field, err error) error {
	return errors.New(field.String() + ": " + err.Error())
}

func smallNumber(s string, most int) (int, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) != 1 || s[0] < '0' || int(s[0]-'0') > most {
		return 0, fmt.Errorf("is no number from 0 to %d", most)
	}
	return int(s[0] - '0'), nil
}
