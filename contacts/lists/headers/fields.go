// Package headers knows how files name their columns: our own names, those of the trade,
// and the orders of files without a first line that names any. Names and orders are
// dated data (names.json), each with where it was found.
package headers

import (
	"slices"
	"strings"
	"unicode"

	"agenthub/contacts/nearest"
)

// Field is an import field of protocol.md section 6.
type Field int

// The import fields.
const (
	ContactID Field = iota
	CampaignID
	PhoneNumber
	AccountNumber
	Mode
	Queue
	Prefix
	Suffix
	Name
	Priority
	ExpiryTime
	CallbackTime
	CallType
	PersonalAgent
	NotBefore
	TimeZone
	AttemptsBefore
	Region
	PostalCode
	Count
)

// Names are what the fields are called.
var Names = [Count]string{ //nolint:gochecknoglobals // a constant
	"contactId", "campaignId", "phoneNumber", "accountNumber", "mode", "queue", "prefix", "suffix", "name",
	"priority", "expiryTime", "callbackTime", "callType", "personalAgent", "notBefore", "timeZone", "attemptsBefore", "region", "postalCode",
}

// None is no field.
const None Field = -1

func (f Field) String() string { return Names[f] }

// Plain is a name in small letters and digits alone: "Contact ID" and "contact_id" are one.
func Plain(name string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, name)
}

// Named is the field that has this name, by our own names.
func Named(name string) (Field, bool) {
	name = Plain(name)
	for field, own := range Names {
		if strings.EqualFold(name, own) {
			return Field(field), true
		}
	}
	return None, false
}

// slip is of how many letters one may be wrong: of three, a reason were a region, and a date a name.
const slip = 6

// Meant is the field that a name which is none was probably meant for.
func Meant(name string) Field {
	typed := Plain(name)
	for _, from := range []map[string][]string{table.Take, table.Hint} {
		for field, names := range from {
			if slices.Contains(names, typed) {
				return fieldOf[field]
			}
		}
	}
	for _, parts := range table.NameParts {
		if slices.Contains(parts, typed) {
			return Name
		}
	}
	if near := nearest.Name(typed, Names[:], slip); near != "" {
		return fieldOf[near]
	}
	return None
}
