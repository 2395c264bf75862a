package zones

import (
	"archive/zip"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed data/tzdata.zip data/*.tsv
var embedded embed.FS

// Embedded is the Source of the data that came with the program.
const Embedded = "embedded"

const systemDir = "/usr/share/zoneinfo"

// Options say where zone data may be found besides those embedded.
type Options struct {
	// Dir is a zoneinfo folder named by the operator. Default none; one that cannot be read is an error.
	Dir string
	// System is the machine's own zoneinfo folder. Default /usr/share/zoneinfo; one that cannot be read is passed over.
	System string
}

// Data is one release of the tz database and the tables around it. It is read
// whole by Open and never changes: what a package manager does to the files under
// way cannot mix two releases. Safe for concurrent use.
type Data struct {
	// Set by Open, read-only after.
	Release  Release
	Source   string    // Embedded, or the folder
	Released time.Time // the day it came out; see Age
	Package  string    // what the embedded data were made of: "Debian sid: tzdata 2026f-1 …"; "" for others

	passedOver []string
	files      map[string][]byte // zone → TZif
	links      map[string]string // name → zone
	folded     map[string]string // name in lower case → name
	tables

	locations sync.Map // name → *time.Location

	hourly struct { // see distinctThisHour
		sync.Mutex // guards the following
		at         time.Time
		distinct   map[string][]string // by zones, with a comma between
	}
}

// Open takes the newest release among the embedded data, the system's and
// Options.Dir. Of equal ones the embedded is taken, then the system's: they say
// the same. A folder that names no release, or lacks zones that the embedded data
// have, is never taken.
func Open(o Options) (*Data, error) {
	d, err := openEmbedded()
	if err != nil {
		return nil, fmt.Errorf("embedded zone data: %w", err)
	}
	if o.System == "" {
		o.System = systemDir
	}
	if err := d.takeNewer(o.System); err != nil && !expected(err) {
		d.passedOver = append(d.passedOver, "zone data in "+o.System+" are not taken: "+err.Error())
	}
	if o.Dir == "" {
		return d, nil
	}
	switch err := d.takeNewer(o.Dir); {
	case errors.Is(err, errOlder):
		d.passedOver = append(d.passedOver, "zone data in "+o.Dir+" are not taken: "+err.Error())
	case err != nil:
		return nil, fmt.Errorf("zone data in %s: %w", o.Dir, err)
	}
	return d, nil
}

// expected reports whether a machine's own data are passed over in silence: most
// machines are behind or have none.
func expected(err error) bool {
	return errors.Is(err, errOlder) || errors.Is(err, errNoRelease) || errors.Is(err, fs.ErrNotExist)
}

func openEmbedded() (*Data, error) {
	archive, err := embedded.ReadFile("data/tzdata.zip")
	if err != nil {
		return nil, err
	}
	unpacked, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	files, err := readZones(unpacked)
	if err != nil {
		return nil, err
	}
	d := &Data{Source: Embedded, files: files, links: map[string]string{}, folded: map[string]string{}}
	list, err := fs.ReadFile(unpacked, "links")
	if err != nil {
		return nil, err
	}
	for row := range rows(list) {
		d.links[row[0]] = row[1]
	}
	countries, err := fs.ReadFile(unpacked, "zone.tab")
	if err != nil {
		return nil, err
	}
	if d.tables, err = readTables(countries); err != nil {
		return nil, err
	}
	d.Release, d.Released, d.Package = d.release, d.released[d.release], d.source
	d.fold()
	return d, nil
}

var (
	errNoRelease  = errors.New("no tzdata.zi or +VERSION names the release")
	errOlder      = errors.New("they are older than those in use")
	errChanging   = errors.New("the files change while they are read")
	errIncomplete = errors.New("zones are missing")
)

// takeNewer makes d the data of a folder, if they are newer. Of the same release
// there is nothing to take.
func (d *Data) takeNewer(dir string) error {
	tree := os.DirFS(dir)
	release, day, err := releaseIn(tree)
	switch {
	case err != nil:
		return err
	case d.Release.Newer(release):
		return fmt.Errorf("%w: %s, not %s", errOlder, release, d.Release)
	case release == d.Release:
		return nil
	}
	files, err := readZones(tree)
	if err != nil {
		return err
	}
	if again, _, err := releaseIn(tree); err != nil || again != release {
		return errChanging
	}
	if err := d.complete(files); err != nil {
		return fmt.Errorf("release %s: %w", release, err)
	}
	d.Release, d.Source, d.Package, d.files = release, dir, "", files
	d.Released = d.dayOf(release, day)
	d.fold()
	return nil
}

// dayOf is the day a release came out by the embedded list, or for a later one
// that of its files, which cannot be before the release that we have.
func (d *Data) dayOf(release Release, ofFile time.Time) time.Time {
	if known, ok := d.released[release]; ok {
		return known
	}
	if have := d.released[d.release]; ofFile.Before(have) {
		return have
	}
	return ofFile
}

// complete reports whether newer files have every zone that d has, itself or as
// what it links to, and can all be read.
func (d *Data) complete(files map[string][]byte) error {
	for _, name := range d.folded {
		if files[name] == nil && files[d.links[name]] == nil {
			return fmt.Errorf("%w, %s for one", errIncomplete, name)
		}
	}
	for name, data := range files {
		if _, err := time.LoadLocationFromTZData(name, data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// fold notes every name once more in lower case.
func (d *Data) fold() {
	for name := range d.files {
		d.folded[strings.ToLower(name)] = name
	}
	for name := range d.links {
		d.folded[strings.ToLower(name)] = name
	}
}

// releaseIn reads which release a folder holds, and the day of the file that says so.
func releaseIn(tree fs.FS) (Release, time.Time, error) {
	var found error
	for _, file := range []string{"tzdata.zi", "+VERSION"} {
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			found = errors.Join(found, err)
			continue
		}
		info, err := fs.Stat(tree, file)
		if release, ok := ReleaseOf(text); ok && err == nil {
			return release, info.ModTime().UTC(), nil
		}
	}
	if _, err := fs.Stat(tree, "."); err != nil {
		return "", time.Time{}, err
	}
	if found != nil && !errors.Is(found, fs.ErrNotExist) {
		return "", time.Time{}, found
	}
	return "", time.Time{}, errNoRelease
}

// readZones reads every zone below a folder; its links it follows.
func readZones(tree fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if MachineDependent(name) {
				return fs.SkipDir
			}
			return nil
		case MachineDependent(name) || strings.Contains(path.Base(name), "."):
			return nil
		}
		data, err := fs.ReadFile(tree, name)
		if bytes.HasPrefix(data, []byte("TZif")) {
			files[name] = data
		}
		return err
	})
	return files, err
}

// Location returns a zone by its exact name: whatever Resolve gave, and what it
// refuses but old contacts may still have ("EST"). It never asks the system or
// Go's own copy of the tz database: what this release does not have is an error.
func (d *Data) Location(name string) (*time.Location, error) {
	if loc, ok := d.locations.Load(name); ok {
		return loc.(*time.Location), nil
	}
	data := d.files[name]
	if data == nil {
		data = d.files[d.links[name]]
	}
	if data == nil {
		return nil, fmt.Errorf("zone data %s: %w", d.Release, errUnknown)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("zone data %s: %s: %w", d.Release, name, err)
	}
	kept, _ := d.locations.LoadOrStore(name, loc)
	return kept.(*time.Location), nil
}

// Names lists every name and link that Location takes, sorted.
func (d *Data) Names() []string { return slices.Sorted(maps.Values(d.folded)) }
