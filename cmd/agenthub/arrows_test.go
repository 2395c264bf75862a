package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestArrowsAreThePicture compares what our packages import of each other with
// the block behind the mark in ARCHITECTURE.md, both ways.
func TestArrowsAreThePicture(t *testing.T) {
	const mark = "<!-- arrows -->\n"
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, behind, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("ARCHITECTURE.md has no mark %s", mark)
	}
	for _, fault := range differences(readArrows(t, behind), importedArrows(t)) {
		t.Error(fault)
	}
}

func TestArrowsDifferBothWays(t *testing.T) {
	picture := readArrows(t, "```text\nhub → session, session/envelope\nweb →\n```\nleft → alone\n")
	same := map[string][]string{"hub": picture["hub"], "session": nil, "session/envelope": nil, "web": nil}
	if got := differences(picture, same); len(got) != 0 {
		t.Errorf("the same differs: %q", got)
	}
	actual := map[string][]string{"hub": {"contacts", "session"}, "contacts": nil, "session": nil, "session/envelope": nil}
	want := []string{
		"contacts is not in the picture",
		"hub → contacts is not in the picture",
		"hub → session/envelope is in the picture, and nothing imports it",
		"web is in the picture, and there is no such package",
	}
	if got := differences(picture, actual); !slices.Equal(got, want) {
		t.Errorf("differences %q, want %q", got, want)
	}
}

// readArrows reads lines "from → to, to" out of the fenced block that begins a text.
func readArrows(t *testing.T, text string) map[string][]string {
	t.Helper()
	open, text, _ := strings.Cut(text, "\n")
	block, _, closed := strings.Cut(text, "\n```")
	if !strings.HasPrefix(open, "```") || !closed {
		t.Fatal("the mark of the arrows stands before no fenced block")
	}
	arrows := map[string][]string{}
	for line := range strings.Lines(block) {
		from, to, ok := strings.Cut(line, "→")
		if !ok {
			t.Fatalf("%q is no line like: hub → session, session/envelope", line)
		}
		from = strings.TrimSpace(from)
		if _, twice := arrows[from]; twice {
			t.Fatalf("%s stands there twice", from)
		}
		arrows[from] = strings.FieldsFunc(to, func(r rune) bool { return strings.ContainsRune(", \n", r) })
	}
	return arrows
}

// importedArrows asks go list, without tests.
func importedArrows(t *testing.T) map[string][]string {
	t.Helper()
	const module = "agenthub/"
	list := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = "../.."
	list.Env = append(os.Environ(), "GOOS=linux") // hubbench is for Linux
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	arrows := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from, to := strings.TrimPrefix(words[0], module), []string(nil)
		for _, path := range words[1:] {
			if ours, ok := strings.CutPrefix(path, module); ok {
				to = append(to, ours)
			}
		}
		arrows[from] = to
	}
	return arrows
}

// differences names, in order, what is only in the picture and what is only imported.
func differences(picture, actual map[string][]string) (faults []string) {
	drawn := map[string]bool{} // packages, as one end of an arrow or the other
	for from, to := range picture {
		drawn[from] = true
		for _, p := range to {
			drawn[p] = true
			if !slices.Contains(actual[from], p) {
				faults = append(faults, from+" → "+p+" is in the picture, and nothing imports it")
			}
		}
	}
	for from, to := range actual {
		if !drawn[from] {
			faults = append(faults, from+" is not in the picture")
		}
		for _, p := range to {
			if !slices.Contains(picture[from], p) {
				faults = append(faults, from+" → "+p+" is not in the picture")
			}
		}
	}
	for p := range drawn {
		if _, exists := actual[p]; !exists {
			faults = append(faults, p+" is in the picture, and there is no such package")
		}
	}
	slices.Sort(faults)
	return faults
}
