package judge

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// clock is a zone's, as zdump tells it: seconds east of UTC, and each change.
type clock struct {
	offset  int64
	changes []change
}

type change struct{ at, offset int64 } // Unix seconds

// wall is what the clock on the wall shows, as if it were UTC.
func (c clock) wall(at int64) int64 {
	offset := c.offset
	for _, change := range c.changes {
		if at >= change.at {
			offset = change.offset
		}
	}
	return at + offset
}

// changesWithin reports whether the clock changes in a stretch of time.
func (c clock) changesWithin(from, to int64) bool {
	for _, change := range c.changes {
		if from <= change.at && change.at <= to {
			return true
		}
	}
	return false
}

// readClocks reads files of .ci/clocks by the names in them, a later one over those before.
func readClocks(tb testing.TB, files ...string) map[string]clock {
	tb.Helper()
	all := map[string]clock{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			if strings.HasPrefix(block, "#") {
				continue
			}
			head, rows, _ := strings.Cut(block, "\n")
			c := readClock(tb, rows)
			for _, name := range strings.Fields(head)[1:] {
				all[name] = c
			}
		}
	}
	return all
}

// readClock reads rows like "2026-03-08	03	-04	EDT	1": the time that the wall shows
// after a change, and its offset from there on. The first row is how it begins.
func readClock(tb testing.TB, rows string) clock {
	tb.Helper()
	var c clock
	for row := range strings.Lines(rows) {
		f := strings.Split(strings.TrimRight(row, "\n"), "\t")
		offset := seconds(tb, f[2][1:], "")
		if f[2][0] == '-' {
			offset = -offset
		}
		if f[0] == "-" {
			c.offset = offset
			continue
		}
		day, err := time.Parse(time.DateOnly, f[0])
		if err != nil {
			tb.Fatalf("%q: %v", row, err)
		}
		c.changes = append(c.changes, change{day.Unix() + seconds(tb, f[1], ":") - offset, offset})
	}
	return c
}

// seconds reads hours, minutes and seconds, as many as are said.
func seconds(tb testing.TB, text, between string) int64 {
	tb.Helper()
	layout := strings.Join([]string{"15", "04", "05"}, between)[:len(text)]
	t, err := time.Parse(layout, text)
	if err != nil {
		tb.Fatal(err)
	}
	return int64(t.Hour())*3600 + int64(t.Minute())*60 + int64(t.Second())
}

var zoneinfo = flag.String("zoneinfo", "/usr/share/zoneinfo", "the folder whose clocks TestClocksAreThoseOfZdump looks at, if it is of the release judged by")

// The clocks that are judged by are of the release that the hub brings, and what zdump says
// where that release is installed.
func TestClocksAreThoseOfZdump(t *testing.T) {
	kept := readFile(t, "testdata/clocks.txt")
	release, _, _ := strings.Cut(strings.SplitN(readFile(t, data+"releases.tsv"), "release\t", 2)[1], "\n")
	if !strings.Contains(kept, "tzdata "+release+"-") {
		t.Fatalf("testdata/clocks.txt is not of %s: run make zones", release)
	}
	version, err := os.ReadFile(*zoneinfo + "/tzdata.zi")
	if err != nil || !strings.HasPrefix(string(version), "# version "+release+"\n") {
		t.Skipf("%s is not of %s", *zoneinfo, release)
	}
	said, err := exec.CommandContext(t.Context(), "../../../.ci/clocks", *zoneinfo, "this test").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(kept, "\n\n")
	if _, got, _ := strings.Cut(string(said), "\n\n"); got != want {
		t.Error("zdump says something else: run make zones, and look at what differs")
	}
}

// floor is a division that goes down.
func floor(n, by int64) int64 {
	if n < 0 {
		return -((-n + by - 1) / by)
	}
	return n / by
}
