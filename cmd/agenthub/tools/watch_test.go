package tools

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"agenthub/contacts"
	"agenthub/session/identity"
)

// What an older hub kept may still hold what steers a terminal.
func TestTerminalIsNotSteeredByWhatOthersWrote(t *testing.T) {
	const evil = "a\x1b]0;x\a\u009b2J\u202eb\u2028c"
	line := eventLine(contacts.Event{Type: "skip", Agent: "a\u009b31m", Campaign: evil, Reason: evil, Note: evil, Actor: evil, At: "2026-11-29T10:00:00Z"})
	line = strings.NewReplacer("\x1b[33m", "", "\x1b[0m", "", "\n", "").Replace(line)
	if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || identity.Steers(r) }) {
		t.Errorf("the terminal is shown %q", line)
	}
	text, err := json.Marshal(evil + "ü")
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(strings.ReplaceAll(string(text), `\u2028`, "\u2028"))
	var same string
	shown := escaped(raw)
	if err := json.Unmarshal([]byte(shown), &same); err != nil || same != evil+"ü" || strings.ContainsFunc(shown, identity.Steers) {
		t.Errorf("JSON is shown as %q, %v", shown, err)
	}
}
