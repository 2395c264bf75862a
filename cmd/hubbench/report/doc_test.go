//go:build linux

package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"agenthub/cmd/hubbench/lab"
)

// TestDocumentKeepsWhatStandsAround writes each kind of figures into a copy of BENCHMARKS.md.
func TestDocumentKeepsWhatStandsAround(t *testing.T) {
	was, err := os.ReadFile("../../../BENCHMARKS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"rates", "growth", "soak", "load"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "BENCHMARKS.md")
			if err := os.WriteFile(file, was, 0o600); err != nil {
				t.Fatal(err)
			}
			r := Report{
				Machine: lab.Machine{CPU: strings.Repeat("A long name of a processor ", 4), Cores: 2, Go: "go1.26", Redis: "7.0.15"}, Settings: "1000 agents",
				Cells: []Cell{{Name: "hub", Rate: 1234, Valid: true}},
				Lines: []string{strings.Repeat("a word ", 40) + "the last word"},
			}
			if err := r.Document(file, kind); err != nil {
				t.Fatal(err)
			}
			is, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, figures, tail := marked(t, string(is), kind)
			wantHead, _, wantTail := marked(t, string(was), kind)
			if head != wantHead || tail != wantTail {
				t.Error("what stands before or behind the marks has changed")
			}
			for _, want := range []string{"2 cores, ", "| hub | 1234 |", "the last word\n"} {
				if !strings.Contains(figures, want) {
					t.Errorf("no %q in\n%s", want, figures)
				}
			}
			for line := range strings.Lines(figures) {
				if n := utf8.RuneCountInString(line) - 1; n > columns && !strings.HasPrefix(line, "|") {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

func TestDocumentNeedsItsMarks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("# Hello\n\n<!-- rates -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := new(Report).Document(file, "rates"); err == nil || !strings.Contains(err.Error(), "has no marks <!-- rates -->") {
		t.Errorf("without an end: %v", err)
	}
}

// marked cuts a document at the marks of a kind.
func marked(t *testing.T, text, kind string) (head, figures, tail string) {
	t.Helper()
	head, rest, ok := strings.Cut(text, "<!-- "+kind+" -->\n")
	figures, tail, ok2 := strings.Cut(rest, "<!-- /"+kind+" -->\n")
	if !ok || !ok2 {
		t.Fatalf("no marks %s", kind)
	}
	return head, figures, tail
}
