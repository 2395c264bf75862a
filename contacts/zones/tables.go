package zones

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tables are the dated lists of data/*.tsv; each says its source and the day it
// was seen.
type tables struct {
	release   Release                        // of the embedded data
	source    string                         // of the embedded data
	seen      string                         // the newest day on which a source of a table was looked at
	sum       [sha256.Size]byte              // of what places persons
	released  map[Release]time.Time          // the days of the releases
	windows   map[string]map[string][]string // lower-case Windows name → country, or anywhere → zones
	meant     map[string]abbreviation        // by name in lower case
	countries map[string][]string            // country → zones
	regions   map[string]place
	countryOf map[string]string // region → country
	areas     map[string]area
	postal    map[string]place // by the first characters
}

type abbreviation struct {
	fixed bool // the tz database has it, with one offset for ever
	meant []string
}

// place is where a code may be: the zones of it, or anywhere on earth.
type place struct {
	zones    []string
	anywhere bool
	regions  []string // of a postal code, for their law
}

type area struct {
	country string
	family  []string // codes over the same land
	regions []string // of the whole family; none: anywhere in the country
	zones   []string // likewise
}

// rows yields the rows of a table: fields between tabs, no comments.
func rows(text []byte) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && line[0] != '#' && !yield(strings.Split(line, "\t")) {
				return
			}
		}
	}
}

// readTables reads all of them; zoneTab is zone.tab of the embedded release.
func readTables(zoneTab []byte) (tables, error) {
	t := tables{
		released: map[Release]time.Time{}, windows: map[string]map[string][]string{}, meant: map[string]abbreviation{},
		countries: map[string][]string{}, regions: map[string]place{}, countryOf: map[string]string{}, areas: map[string]area{},
		postal: map[string]place{},
	}
	for row := range rows(zoneTab) {
		t.countries[row[0]] = append(t.countries[row[0]], row[2])
	}
	for _, file := range []struct {
		name string
		add  func(row []string) error
	}{
		{"releases", t.addRelease},
		{"windows", t.addWindows},
		{"abbreviations", t.addAbbreviation},
		{"regions", t.addRegion},
		{"areacodes", t.addArea},
		{"postal", t.addPostal},
	} {
		text, err := embedded.ReadFile("data/" + file.name + ".tsv")
		if err != nil {
			return t, err
		}
		t.seen = max(t.seen, lastSeen(text))
		if file.name == "regions" || file.name == "areacodes" || file.name == "postal" {
			t.sum = sha256.Sum256(append(t.sum[:], text...))
		}
		for row := range rows(text) {
			if err := file.add(append(row, "", "", "", "")); err != nil {
				return t, fmt.Errorf("%s.tsv: %s: %w", file.name, row[0], err)
			}
		}
	}
	t.uniteFamilies()
	return t, nil
}

func (t *tables) addRelease(row []string) error {
	switch row[0] {
	case "release":
		t.release = Release(row[1])
	case "source":
		t.source = row[1]
	case "made":
	default:
		day, err := time.Parse(time.DateOnly, row[1])
		t.released[Release(row[0])] = day
		return err
	}
	return nil
}

const anyCountry = "001" // as CLDR writes it

func (t *tables) addWindows(row []string) error {
	name := strings.ToLower(row[0])
	if t.windows[name] == nil {
		t.windows[name] = map[string][]string{}
	}
	t.windows[name][row[1]] = strings.Fields(row[2])
	return nil
}

func (t *tables) addAbbreviation(row []string) error {
	t.meant[strings.ToLower(row[0])] = abbreviation{fixed: row[1] == "fixed", meant: strings.Fields(row[2])}
	return nil
}

func (t *tables) addRegion(row []string) error {
	p := place{zones: strings.Fields(row[2])}
	if row[2] == "anywhere" {
		p = place{anywhere: true}
	}
	t.regions[row[1]], t.countryOf[row[1]] = p, row[0]
	return nil
}

func (t *tables) addArea(row []string) error {
	in, err := t.within(row[4], row[2])
	if err != nil {
		return err
	}
	zones := in.zones
	if len(zones) == 0 {
		zones = t.countries[row[1]]
	}
	if len(zones) == 0 {
		return errors.New("no zone")
	}
	t.areas[row[0]] = area{country: row[1], family: strings.Split(row[3], "/"), regions: strings.Fields(row[2]), zones: zones}
	return nil
}

// uniteFamilies gives each area code the zones of all that are laid over it:
// numbers are moved from one to the other.
func (t *tables) uniteFamilies() {
	own := maps.Clone(t.areas)
	for code, a := range own {
		for _, other := range a.family {
			a.zones = slices.Concat(a.zones, own[other].zones)
			a.regions = slices.Concat(a.regions, own[other].regions)
		}
		a.zones, a.regions = unique(a.zones), unique(a.regions)
		t.areas[code] = a
	}
}

func (t *tables) addPostal(row []string) error {
	in, err := t.within(row[2], row[1])
	if err != nil {
		return err
	}
	in.regions = strings.Fields(row[1])
	from, to, isRange := strings.Cut(row[0], "-")
	if !isRange {
		t.postal[from] = in
		return nil
	}
	first, err := strconv.Atoi(from)
	if err != nil {
		return err
	}
	last, err := strconv.Atoi(to)
	if err != nil {
		return err
	}
	for n := first; n <= last; n++ {
		t.postal[fmt.Sprintf("%0*d", len(from), n)] = in
	}
	return nil
}

// within is the zones a row names, or else those of its regions.
func (t *tables) within(zones, regions string) (place, error) {
	p := place{zones: strings.Fields(zones)}
	if len(p.zones) > 0 {
		return p, nil
	}
	for name := range strings.FieldsSeq(regions) {
		r, ok := t.regions[name]
		if !ok {
			return p, errors.New("no region " + name)
		}
		p.zones = append(p.zones, r.zones...)
		p.anywhere = p.anywhere || r.anywhere
	}
	p.zones = unique(p.zones)
	return p, nil
}

// unique sorts names and leaves each once.
func unique(names []string) []string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
