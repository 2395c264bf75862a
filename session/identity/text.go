package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain reports whether text is printable UTF-8 of at most so many bytes: the one rule
// for ids and names, wherever they come in. Marks that reorder text are no part of
// them.
func Plain(s string, most int) bool {
	return len(s) <= most && utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool {
		return breaks(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
	}) < 0
}

// Clean makes what others wrote fit to be shown on one line: what steers a terminal or
// turns the order of what follows becomes a blank. Marks of a direction stay.
func Clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if Steers(r) {
			return ' '
		}
		return r
	}, s))
}

// Shown is Clean for text that goes to a terminal as it stands: a dot takes the place
// of what would steer it.
func Shown(s string) string {
	return strings.Map(func(r rune) rune {
		if Steers(r) {
			return '·'
		}
		return r
	}, s)
}

// Steers says that a character does something to the line it stands on, or the terminal.
func Steers(r rune) bool { return breaks(r) || reorders(r) }

// breaks says that a character ends a line or steers a terminal.
func breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// reorders says that a character turns the order of those after it.
func reorders(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }
