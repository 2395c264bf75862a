package contacts

import (
	"fmt"
	"io"
	"strings"

	"go.uber.org/zap/zapcore"
)

// Phone is a number as it was imported. Every printing form is masked; only
// Reveal gives it. fmt calls no method of an unexported field, so a struct that
// is ever printed holds its Phone in an exported one; encoding/json masks no map
// key of a string type, so a Phone is never one.
type Phone string

// Reveal returns the number itself. Call it only where the number goes to the
// agent that holds the contact, to the vault, or to be matched.
func (p Phone) Reveal() string { return string(p) }

// LastFour returns the last four digits, or fewer of a number so short that
// four would be more than half of it.
func (p Phone) LastFour() string {
	digits := digitsOf(string(p))
	return digits[len(digits)-min(4, len(digits)/2):]
}

// String returns the masked form, for example "***0123".
func (p Phone) String() string {
	if p == "" {
		return ""
	}
	return "***" + p.LastFour()
}

// GoString masks %#v.
func (p Phone) GoString() string { return p.String() }

// Format masks every verb, %x and %d included.
func (p Phone) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText masks JSON values and every other text encoding.
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalLogObject masks a Phone given to zap as an object.
func (p Phone) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("phone", p.String())
	return nil
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
