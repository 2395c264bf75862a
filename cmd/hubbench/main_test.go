//go:build linux

package main

import (
	"os"
	"strings"
	"testing"
)

// TestEachKindHasItsMarks looks for the place of each kind of figures in BENCHMARKS.md.
func TestEachKindHasItsMarks(t *testing.T) {
	text, err := os.ReadFile("../../BENCHMARKS.md")
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]options{"rates": {}, "growth": {Growth: true}, "soak": {Soak: 1}, "load": {Load: 1}} {
		if got := o.kind(); got != want {
			t.Errorf("the kind of %+v is %s, want %s", o, got, want)
		}
		for _, mark := range []string{"<!-- " + want + " -->\n", "<!-- /" + want + " -->\n"} {
			if !strings.Contains(string(text), mark) {
				t.Errorf("BENCHMARKS.md has no mark %s", strings.TrimSpace(mark))
			}
		}
	}
}
