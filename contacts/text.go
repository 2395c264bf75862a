package contacts

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"agenthub/session/identity"
)

// FieldError is one field that cannot be taken, and why.
type FieldError struct {
	Field   string // "outcomes[2].delay"
	Problem string
}

func (e FieldError) Error() string { return e.Field + " " + e.Problem }

// Plain reports whether text may be an id or a name: identity.Plain, the one rule.
func Plain(s string, most int) bool { return identity.Plain(s, most) }

// Stamp writes a time as everywhere on the wire; "" is none.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// maxNote bounds what an agent may write about a skip or a call.
const maxNote = 2000

// CleanNote makes a note fit for an event: one line, no number in it.
func CleanNote(field, note string) (string, error) {
	if len(note) > maxNote {
		return "", FieldError{field, "must have at most 2000 bytes"}
	}
	return MaskDigits(identity.Clean(note)), nil
}

// numberLength is how many digits in a row are taken for a phone number.
const numberLength = 7

// MaskDigits hides every run of so many digits or more, whatever stands between
// the digits of a written number: what is copied from a page or mended by a
// word processor has dashes, spaces and marks beyond ASCII.
func MaskDigits(s string) string {
	could := 0
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' || s[i] >= utf8.RuneSelf {
			could++
		}
	}
	if could < numberLength {
		return s
	}
	out := []rune(s)
	for i := 0; i < len(out); i++ {
		end, digits := i, 0
		for j := i; j < len(out) && (unicode.IsDigit(out[j]) || digits > 0 && within(out[j])); j++ {
			if unicode.IsDigit(out[j]) {
				digits++
				end = j
			}
		}
		for j := i; j <= end && digits >= numberLength; j++ {
			if unicode.IsDigit(out[j]) {
				out[j] = '*'
			}
		}
		i = end
	}
	return string(out)
}

// within reports whether a mark stands between the digits of a number.
func within(c rune) bool {
	return strings.ContainsRune(".()/+\u2212", c) || unicode.In(c, unicode.Pd, unicode.Zs, unicode.Cf)
}
