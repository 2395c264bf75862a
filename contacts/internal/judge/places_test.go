package judge

import (
	"archive/zip"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

const data = "../../zones/data/"

// territories are of the United States, whatever the tables of countries call
// them: the federal rules hold there.
var territories = []string{"AS", "GU", "MP", "PR", "VI"}

// part is a state, province or territory of a country, "*" for all of it and "?"
// for somewhere in it.
type part struct{ country, name string }

// covers reports whether what is said of a part holds for a person in another.
func (p part) covers(where part) bool {
	return p.country == where.country && (p.name == where.name || p.name == "*" || where.name == "?")
}

// somebody is what a list says of a person, and the campaign it is in.
type somebody struct {
	id, campaign                     string
	zone, region, postal, area, mode string
	countries                        []string // where the number may be from, if no area code tells
	phone                            string   // "" for the area code's
	twin                             bool     // another zone has the same clock
}

// places are the tables of where people may be.
type places struct {
	countries   map[string][]string // zones
	regionZones map[string][]string
	countryOf   map[string]string // of a region or area code
	families    map[string][]string
	areaRegions map[string][]string
	areaZones   map[string][]string
	postal      []postal
}

type postal struct {
	from, to string // of one length
	regions  []string
	zones    []string
}

// table reads rows of fields between tabs.
func table(tb testing.TB, text string) [][]string {
	tb.Helper()
	var all [][]string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			all = append(all, append(strings.Split(line, "\t"), "", "", ""))
		}
	}
	return all
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// zoneTab is the table of countries in the embedded zone data.
func zoneTab(tb testing.TB) string {
	tb.Helper()
	r, err := zip.OpenReader(data + "tzdata.zip")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	f, err := r.Open("zone.tab")
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func readPlaces(tb testing.TB) *places {
	tb.Helper()
	p := &places{
		countries: map[string][]string{}, regionZones: map[string][]string{}, countryOf: map[string]string{}, families: map[string][]string{},
		areaRegions: map[string][]string{}, areaZones: map[string][]string{},
	}
	for _, row := range table(tb, zoneTab(tb)) {
		p.countries[row[0]] = append(p.countries[row[0]], row[2])
	}
	for _, row := range table(tb, readFile(tb, data+"regions.tsv")) {
		p.countryOf[row[1]], p.regionZones[row[1]] = row[0], strings.Fields(row[2])
	}
	for _, row := range table(tb, readFile(tb, data+"areacodes.tsv")) {
		p.countryOf[row[0]], p.areaRegions[row[0]] = row[1], strings.Fields(row[2])
		p.families[row[0]], p.areaZones[row[0]] = []string{row[0]}, strings.Fields(row[4])
		if row[3] != "" {
			p.families[row[0]] = strings.Split(row[3], "/")
		}
	}
	for _, row := range table(tb, readFile(tb, data+"postal.tsv")) {
		from, to, _ := strings.Cut(row[0], "-")
		one := postal{from: from, to: to, regions: strings.Fields(row[1]), zones: strings.Fields(row[2])}
		if to == "" {
			one.to = from
		}
		if len(one.zones) == 0 {
			for _, region := range one.regions {
				one.zones = append(one.zones, p.regionZones[region]...)
			}
		}
		p.postal = append(p.postal, one)
	}
	return p
}

// areas are all area codes, sorted.
func (p *places) areas() []string {
	var all []string
	for code := range p.areaRegions {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

// where are the parts of a country that a person may be in: those of the postal code, and
// the region that was given, else those of the area code.
func (p *places) where(s somebody) []part {
	var all []part
	for _, row := range p.postalRows(s.postal) {
		for _, region := range row.regions {
			all = append(all, p.partOf(region))
		}
	}
	if s.region != "" {
		return append(all, p.partOf(s.region))
	}
	placed := false
	for _, code := range p.families[s.area] {
		for _, region := range p.areaRegions[code] {
			all, placed = append(all, p.partOf(region)), true
		}
	}
	if !placed && (s.area != "" || len(all) == 0) {
		for _, country := range p.countriesOf(s) {
			all = append(all, part{country, "?"})
		}
	}
	return all
}

func (p *places) countriesOf(s somebody) []string {
	if s.area != "" {
		return []string{p.countryOf[s.area]}
	}
	return s.countries
}

func (p *places) partOf(region string) part {
	if slices.Contains(territories, region) {
		return part{"US", region}
	}
	return part{p.countryOf[region], region}
}

// zones are all that a person may live by, and whether it is known where that is:
// a military post may be anywhere, unless the zone is given.
func (p *places) zones(s somebody) (zones []string, placed bool) {
	var all []string
	if s.zone != "" {
		all = append(all, s.zone)
	}
	all = append(all, p.regionZones[s.region]...)
	for _, row := range p.postalRows(s.postal) {
		all = append(all, row.zones...)
	}
	for _, code := range p.families[s.area] {
		switch {
		case len(p.areaZones[code]) > 0:
			all = append(all, p.areaZones[code]...)
		case len(p.areaRegions[code]) > 0:
			for _, region := range p.areaRegions[code] {
				all = append(all, p.regionZones[region]...)
			}
		default:
			all = append(all, p.countries[p.countryOf[code]]...)
		}
	}
	if slices.Contains(all, "anywhere") {
		if s.zone == "" {
			return nil, true
		}
		all = slices.DeleteFunc(all, func(zone string) bool { return zone == "anywhere" })
	}
	return all, len(all) > 0
}

// postalRows is the row of the longest beginning of a code.
func (p *places) postalRows(code string) []postal {
	var best []postal
	for _, row := range p.postal {
		n := len(row.from)
		if len(code) >= n && row.from <= code[:n] && code[:n] <= row.to && (len(best) == 0 || n > len(best[0].from)) {
			best = []postal{row}
		}
	}
	return best
}

// firstArea is an area code of a region alone, else of it among others; "" for none.
func (p *places) firstArea(region string) string {
	among := ""
	for _, code := range p.areas() {
		if !slices.Contains(p.areaRegions[code], region) {
			continue
		}
		if len(p.areaRegions[code]) == 1 {
			return code
		}
		among = code
	}
	return among
}

// areaOfPostal is an area code of where a postal code is; New York's for a military post.
func (p *places) areaOfPostal(row postal) string {
	if area := p.firstArea(row.regions[0]); area != "" {
		return area
	}
	return "212"
}
