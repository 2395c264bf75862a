package contacts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"agenthub/session"

	"agenthub/session/envelope"
)

func itoa(n int) string { return strconv.Itoa(n) }

// outcomeID reads OutcomeId in its published spellings.
func outcomeID(r *session.Request) (id string, ok bool, err error) {
	id, ok, err = r.Data.Text("OutcomeId", "OutcomeID")
	if err != nil {
		return "", false, err
	}
	if ok && (id == "" || !plain(id, 64)) {
		return "", false, envelope.Refuse(envelope.CodeInvalidMessage, "OutcomeId must have 1 to 64 printable characters")
	}
	return maskDigits(id), ok, nil // it stands in events: no table has an id that looks like a number
}

// maxNote bounds what an agent may write about a skip or a call.
const maxNote = 2000

// reasonOf reads Reason and Note of a skip.
func reasonOf(r *session.Request) (reason, note string, err error) {
	if reason, _, err = r.Data.Text("Reason"); err != nil {
		return "", "", err
	}
	if !plain(reason, 64) {
		return "", "", envelope.Refuse(envelope.CodeInvalidMessage, "Reason must have at most 64 printable characters")
	}
	if note, _, err = r.Data.Text("Note"); err != nil {
		return "", "", err
	}
	note, err = cleanNote("Note", note)
	return maskDigits(reason), note, err
}

// cleanNote makes a note fit for an event: one line, no number in it.
func cleanNote(field, note string) (string, error) {
	if len(note) > maxNote {
		return "", envelope.Refuse(envelope.CodeInvalidMessage, field+" must have at most 2000 bytes")
	}
	return maskDigits(strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, note))), nil
}

// numberLength is how many digits in a row are taken for a phone number.
const numberLength = 7

// maskDigits hides every run of so many digits or more, whatever stands between
// the digits of a written number: what is copied from a page or mended by a
// word processor has dashes, spaces and marks beyond ASCII.
func maskDigits(s string) string {
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
