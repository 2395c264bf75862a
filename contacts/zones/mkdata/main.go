// Command mkdata turns unpacked Debian packages into the files of
// contacts/zones/data: the zones of one IANA release and CLDR's names of
// Windows. "make zones" runs it; nothing else does.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"agenthub/contacts/zones"
)

func main() {
	tree := flag.String("tree", "", "folder with the unpacked tzdata and tzdata-legacy")
	cldr := flag.String("cldr", "", "folder with the unpacked unicode-cldr-core")
	source := flag.String("source", "", "packages and versions in tree")
	cldrSource := flag.String("cldr-source", "", "package and version in cldr")
	day := flag.String("day", "", "today, for the record")
	out := flag.String("out", "", "folder to write to")
	flag.Parse()
	share := os.DirFS(filepath.Join(*tree, "usr/share"))
	err := errors.Join(
		zonesOf(share, *out),
		releasesOf(share, *source, *day, *out),
		windowsOf(os.DirFS(*cldr), *cldrSource, *day, *out),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// zonesOf writes tzdata.zip: each zone's file once, "links" for the names that
// are another's, and zone.tab. Same input, same bytes.
func zonesOf(share fs.FS, out string) error {
	root, err := fs.Sub(share, "zoneinfo")
	if err != nil {
		return err
	}
	files, links := map[string][]byte{}, map[string]string{}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name == "right" || name == "posix" {
				return fs.SkipDir
			}
			return nil
		case zones.MachineDependent(name):
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(root, name)
			links[name] = path.Join(path.Dir(name), target)
			return err
		}
		data, err := fs.ReadFile(root, name)
		if bytes.HasPrefix(data, []byte("TZif")) || name == "zone.tab" {
			files[name] = data
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read zoneinfo: %w", err)
	}
	for name := range links {
		for target, more := links[name]; more; target, more = links[target] {
			links[name] = target
		}
		if files[links[name]] == nil {
			return fmt.Errorf("%s links to %s, which is no zone", name, links[name])
		}
	}
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(links)) {
		fmt.Fprintf(&list, "%s\t%s\n", name, links[name])
	}
	files["links"] = []byte(list.String())
	return pack(filepath.Join(out, "tzdata.zip"), files)
}

func pack(name string, files map[string][]byte) error {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(to, flate.BestCompression)
	})
	for _, file := range slices.Sorted(maps.Keys(files)) {
		to, err := w.CreateHeader(&zip.FileHeader{Name: file, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := to.Write(files[file]); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, buf.Bytes(), 0o644) //nolint:gosec // a file of the repository
}

// releasesOf writes which release this is, where it came from, and on which day
// each release came out: from NEWS, "Release 2026f - 2026-10-27 23:16:49 -0700".
func releasesOf(share fs.FS, source, day, out string) error {
	text, err := news(share)
	if err != nil {
		return err
	}
	version, err := fs.ReadFile(share, "zoneinfo/tzdata.zi")
	if err != nil {
		return err
	}
	release, ok := zones.ReleaseOf(version)
	if !ok {
		return errors.New("tzdata.zi names no release")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# The IANA release in tzdata.zip, and the day each came out (UTC, by NEWS). Made by \"make zones\".\n")
	fmt.Fprintf(&b, "release\t%s\nsource\t%s\nmade\t%s\n", release, source, day)
	found := false
	for line := range strings.Lines(text) {
		name, at, is := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "Release "), " - ")
		if !is || !strings.HasPrefix(line, "Release ") || name < "2020" || len(name) > 6 {
			continue
		}
		t, err := time.Parse("2006-01-02 15:04:05 -0700", at)
		if err != nil {
			return fmt.Errorf("NEWS of %s: %w", name, err)
		}
		fmt.Fprintf(&b, "%s\t%s\n", name, t.UTC().Format(time.DateOnly))
		found = found || zones.Release(name) == release
	}
	if !found {
		return fmt.Errorf("NEWS does not say when %s came out", release)
	}
	return os.WriteFile(filepath.Join(out, "releases.tsv"), []byte(b.String()), 0o644) //nolint:gosec // as above
}

// news is tzdata's NEWS, as Debian packs it.
func news(share fs.FS) (string, error) {
	packed, err := share.Open("doc/tzdata/changelog.gz")
	if err != nil {
		return "", err
	}
	defer func() { _ = packed.Close() }()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(unpacked)
	return string(text), err
}

// windowsOf writes the zones that CLDR holds for a Windows name: anywhere
// (territory 001), and in each country that has zones of its own for it.
func windowsOf(cldr fs.FS, source, day, out string) error {
	text, err := fs.ReadFile(cldr, "usr/share/unicode/cldr/common/supplemental/windowsZones.xml")
	if err != nil {
		return err
	}
	var doc struct {
		Zones []struct {
			Name      string `xml:"other,attr"`
			Territory string `xml:"territory,attr"`
			Zone      string `xml:"type,attr"`
		} `xml:"windowsZones>mapTimezones>mapZone"`
	}
	if err := xml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("windowsZones.xml: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Windows names, country (001: any) and zones: common/supplemental/windowsZones.xml.\n")
	fmt.Fprintf(&b, "# Source: Unicode CLDR, by Debian's %s, seen %s. Made by \"make zones\".\n", source, day)
	for _, z := range doc.Zones {
		if z.Territory != "ZZ" {
			fmt.Fprintf(&b, "%s\t%s\t%s\n", z.Name, z.Territory, z.Zone)
		}
	}
	return os.WriteFile(filepath.Join(out, "windows.tsv"), []byte(b.String()), 0o644) //nolint:gosec // as above
}
