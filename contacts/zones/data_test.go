package zones_test

import (
	"archive/zip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/zones"
)

func TestNewerRelease(t *testing.T) {
	order := []zones.Release{"", "2024b", "2025a", "2025c", "2026a", "2026f", "2026z", "2026za", "2027a"}
	for i, r := range order {
		for j, than := range order {
			if r.Newer(than) != (i > j) {
				t.Errorf("%q newer than %q: %v", r, than, r.Newer(than))
			}
		}
	}
}

func TestReleaseOf(t *testing.T) {
	for head, want := range map[string]zones.Release{
		"# version 2026f\n# This zic input": "2026f", "2025b\n": "2025b", "# version 2026f-3-g1234567-dirty\n": "2026f",
		"# version unknown\n": "", "": "", "2026": "",
	} {
		if got, ok := zones.ReleaseOf([]byte(head)); got != want || ok != (want != "") {
			t.Errorf("ReleaseOf(%q) = %q, %v, want %q", head, got, ok, want)
		}
	}
}

func TestEmbedded(t *testing.T) {
	d := open(t)
	if d.Source != zones.Embedded || zones.Release("2026f").Newer(d.Release) {
		t.Errorf("release %s from %s, want 2026f or newer, embedded", d.Release, d.Source)
	}
	if d.Released.Year() < 2026 {
		t.Errorf("released %s: the list of releases lacks %s", d.Released, d.Release)
	}
	if w := d.Warnings(d.Released.AddDate(0, 0, 120).Add(-time.Second)); len(w) != 0 {
		t.Errorf("before 120 days: %q", w)
	}
	w := d.Warnings(d.Released.AddDate(0, 0, 120))
	if len(w) != 1 || !strings.Contains(w[0], string(d.Release)) {
		t.Errorf("after 120 days: %q", w)
	}
	if !strings.Contains(d.Package, "tzdata "+string(d.Release)) {
		t.Errorf("made of %q", d.Package)
	}
	if age := d.Age(d.Released.Add(time.Hour)); age != time.Hour {
		t.Errorf("an hour after the release its age is %s", age)
	}
}

// What this release does not have is an error, though Go would know it.
func TestLocationAsksNobodyElse(t *testing.T) {
	d := open(t)
	for _, name := range []string{"", "Local", "Factory", "localtime", "posixrules", "right/UTC", "../UTC", "America/Nowhere", "america/new_york"} {
		if loc, err := d.Location(name); err == nil {
			t.Errorf("Location(%q) = %v", name, loc)
		}
	}
	if a, b := location(t, d, "US/Eastern"), location(t, d, "US/Eastern"); a != b {
		t.Error("a zone was read twice")
	}
}

// unpacked is a zoneinfo tree of the embedded zones that names no release.
func unpacked(t *testing.T) string {
	t.Helper()
	archive, err := zip.OpenReader("data/tzdata.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	dir := t.TempDir()
	for _, file := range archive.File {
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, file.Name), string(data))
	}
	return dir
}

// folder is such a tree once more, of some release, but for a file left out.
func folder(t *testing.T, tree, version, leftOut string) string {
	t.Helper()
	dir := t.TempDir()
	err := filepath.WalkDir(tree, func(file string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(file, tree)
		switch {
		case err != nil || name == "" || name == leftOut:
			return err
		case entry.IsDir():
			return os.Mkdir(dir+name, 0o755)
		}
		return os.Link(file, dir+name)
	})
	if err != nil {
		t.Fatal(err)
	}
	if version != "" {
		write(t, filepath.Join(dir, "tzdata.zi"), "# version "+version+"\n")
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) { // it may be a link to another's
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNewestWins(t *testing.T) {
	none, empty := unpacked(t), t.TempDir()
	old, newer, newest := folder(t, none, "2025b", ""), folder(t, none, "2098a", ""), folder(t, none, "2099c", "")
	few, broken := folder(t, none, "2098b", "/America/New_York"), folder(t, none, "2098b", "")
	write(t, filepath.Join(broken, "Europe/Paris"), "TZif2 and no more")
	plus := folder(t, none, "", "")
	write(t, filepath.Join(plus, "+VERSION"), "2098c\n")
	embedded := open(t).Release
	same := folder(t, none, string(embedded), "")

	for _, tt := range []struct {
		name, system, dir string
		want              zones.Release
		source            string
		warns             string // of one warning; "" none
		fails             string
	}{
		{"the machine is behind", old, "", embedded, zones.Embedded, "", ""},
		{"the machine is ahead", newer, "", "2098a", newer, "", ""},
		{"a machine without a version", none, "", embedded, zones.Embedded, "", ""},
		{"a machine without zones", filepath.Join(empty, "none"), "", embedded, zones.Embedded, "", ""},
		{"a machine with a VERSION file", plus, "", "2098c", plus, "", ""},
		{"a machine that lacks zones", few, "", embedded, zones.Embedded, "zones are missing", ""},
		{"a machine whose files are broken", broken, "", embedded, zones.Embedded, "Europe/Paris", ""},
		{"the folder is the newest", newer, newest, "2099c", newest, "", ""},
		{"the folder is older than the machine", newest, newer, "2099c", newest, "older than those in use: 2098a, not 2099c", ""},
		{"the folder is older than what is embedded", empty, old, embedded, zones.Embedded, "2025b", ""},
		{"the same release as the embedded", same, same, embedded, zones.Embedded, "", ""},
		{"a folder without a version", empty, none, "", "", "", "names the release"},
		{"a folder that is not there", empty, filepath.Join(empty, "none"), "", "", "", "no such file"},
		{"a folder that lacks zones", empty, few, "", "", "", "zones are missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := zones.Open(zones.Options{System: tt.system, Dir: tt.dir})
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("error %v, want %q", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d.Release != tt.want || d.Source != tt.source {
				t.Errorf("release %s from %s, want %s from %s", d.Release, d.Source, tt.want, tt.source)
			}
			warnings := strings.Join(d.Warnings(d.Released), "\n")
			if (warnings == "") != (tt.warns == "") || !strings.Contains(warnings, tt.warns) {
				t.Errorf("warnings %q, want %q", warnings, tt.warns)
			}
			location(t, d, "US/Eastern") // a link that the folder has not, to a zone that it has
		})
	}
}

// A release that came after this program is as old as its files, and never older than the embedded one.
func TestAgeOfAnUnknownRelease(t *testing.T) {
	dir, first := folder(t, unpacked(t), "2098a", ""), open(t).Released
	version := filepath.Join(dir, "tzdata.zi")
	for made, want := range map[time.Time]time.Time{
		first.AddDate(1, 0, 0): first.AddDate(1, 0, 0),
		time.Unix(0, 0):        first, // images are often built so
	} {
		if err := os.Chtimes(version, made, made); err != nil {
			t.Fatal(err)
		}
		d, err := zones.Open(zones.Options{System: dir})
		if err != nil {
			t.Fatal(err)
		}
		if !d.Released.Equal(want) {
			t.Errorf("files of %s: released %s, want %s", made, d.Released, want)
		}
	}
}

// What is read once stays, whatever happens to the files.
func TestDataDoNotChange(t *testing.T) {
	dir := folder(t, unpacked(t), "2098a", "")
	d, err := zones.Open(zones.Options{System: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	location(t, d, "America/New_York")
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := zones.Open(zones.Options{System: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
	}
}
