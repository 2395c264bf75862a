package zones_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"agenthub/contacts/zones"
)

func TestPersons(t *testing.T) {
	d := open(t)
	for _, row := range table(t, "persons.tsv") {
		want, unread := row[5], []string(nil)
		for i, part := range []string{zones.ByZone, "", zones.ByRegion, zones.ByPostalCode, zones.ByAreaCode} {
			given, marked := strings.CutSuffix(row[i], "+")
			if marked {
				unread = append(unread, part)
			}
			if row[i] = given; given == "-" {
				row[i] = ""
			}
		}
		countries := slices.DeleteFunc(strings.Fields(row[1]), func(c string) bool { return c == "-" })
		place, err := d.Possible(zones.Person{Zone: row[0], Countries: countries, Region: row[2], PostalCode: row[3], AreaCode: row[4]})
		if !slices.Equal(place.Unread, unread) {
			t.Errorf("%q: unread %q, want %q", row, place.Unread, unread)
		}
		switch want {
		case "no_zone":
			if !errors.Is(err, zones.ErrNoZone) {
				t.Errorf("%q: %v, %v, want ErrNoZone", row, place, err)
			}
		case "anywhere":
			if !errors.Is(err, zones.ErrAnywhere) {
				t.Errorf("%q: %v, %v, want ErrAnywhere", row, place, err)
			}
		default:
			if got := clocksOf(t, d, place.Zones); err != nil || !slices.Equal(got, clocksOf(t, d, strings.Fields(want))) {
				t.Errorf("%q: %v, %v, want the clocks of %s", row, place.Zones, err, want)
			}
		}
	}
}

// clocksOf are the different rows of zones, sorted.
func clocksOf(t *testing.T, d *zones.Data, names []string) []string {
	t.Helper()
	var rows []string
	for _, name := range names {
		rows = append(rows, rowOf(t, d, name))
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

func TestWhatPlacedAPerson(t *testing.T) {
	d := open(t)
	for _, tt := range []struct {
		person zones.Person
		by     string
	}{
		{zones.Person{Zone: "America/Denver", Countries: []string{"US"}, Region: "CO", PostalCode: "80202", AreaCode: "303"}, "zone region postalCode areaCode"},
		{zones.Person{Countries: []string{"US"}, AreaCode: "303"}, "areaCode"},
		{zones.Person{Countries: []string{"US"}, AreaCode: "800"}, "country"},
		{zones.Person{Countries: []string{"US"}}, "country"},
	} {
		place, err := d.Possible(tt.person)
		if got := strings.Join(place.By, " "); err != nil || got != tt.by {
			t.Errorf("%+v: placed by %q, %v, want %q", tt.person, got, err, tt.by)
		}
		if !slices.IsSorted(place.Zones) || len(slices.Compact(slices.Clone(place.Zones))) != len(place.Zones) {
			t.Errorf("%+v: %q, want them sorted and once each", tt.person, place.Zones)
		}
	}
}

// The tables name zones of the tz database only, and leave out none that zone.tab has for the US and Canada.
func TestTablesAreWhole(t *testing.T) {
	d := open(t)
	regions := map[string]string{}
	inRegions := map[string]bool{}
	for _, row := range table(t, "../data/regions.tsv") {
		regions[row[1]] = row[0]
		for zone := range strings.FieldsSeq(row[2]) {
			if zone != "anywhere" {
				location(t, d, zone)
				inRegions[zone] = true
			}
		}
	}
	for _, country := range []string{"US", "CA", "PR", "VI", "GU", "AS", "MP"} {
		place, err := d.Possible(zones.Person{Countries: []string{country}})
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range place.Zones {
			if !inRegions[zone] {
				t.Errorf("no region has %s of %s", zone, country)
			}
		}
	}
	for _, file := range []string{"areacodes.tsv", "postal.tsv"} {
		for _, row := range table(t, "../data/"+file) {
			row = append(row, "", "", "", "")
			places, zoneNames := row[1], row[2]
			if file == "areacodes.tsv" {
				places, zoneNames = row[2], row[4]
			}
			for region := range strings.FieldsSeq(places) {
				if regions[region] == "" {
					t.Errorf("%s: %s: no region %s", file, row[0], region)
				}
			}
			for zone := range strings.FieldsSeq(zoneNames) {
				location(t, d, zone)
			}
		}
	}
	for _, row := range table(t, "../data/abbreviations.tsv") {
		for zone := range strings.FieldsSeq(row[2]) {
			if got, err := d.Resolve(zone); err != nil || got != zone {
				t.Errorf("%s: means %s, which is %q, %v", row[0], zone, got, err)
			}
		}
	}
}

// All codes of a family give the same zones, whichever of them a number has.
func TestFamiliesAgree(t *testing.T) {
	d := open(t)
	members := 0
	for _, row := range table(t, "../data/areacodes.tsv") {
		if len(row) < 4 || row[3] == "" {
			continue
		}
		family := strings.Split(row[3], "/")
		if !slices.Contains(family, row[0]) {
			t.Errorf("%s is not of its family %s", row[0], row[3])
		}
		members++
		first, err := d.Possible(zones.Person{AreaCode: row[0]})
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range family {
			if other, err := d.Possible(zones.Person{AreaCode: code}); err != nil || !slices.Equal(first.Zones, other.Zones) {
				t.Errorf("%s %q, %s %q, %v", row[0], first.Zones, code, other.Zones, err)
			}
		}
	}
	if members < 250 {
		t.Errorf("%d codes with an overlay, want at least 250", members)
	}
}

// Every US state and Canadian province is found by its area codes and postal codes as well: the region's zones
// are never less than what the number or the address alone would say, but for custom against law.
func TestRegionsContainTheirCodes(t *testing.T) {
	d := open(t)
	custom := map[string]bool{"AL": true, "NV": true, "OK": true, "SK": true}
	for _, row := range table(t, "../data/areacodes.tsv") {
		if len(row) < 3 || row[2] == "" {
			continue
		}
		var all []string
		skip := false
		for region := range strings.FieldsSeq(row[2]) {
			place, err := d.Possible(zones.Person{Region: region})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, place.Zones...)
			skip = skip || custom[region]
		}
		place, err := d.Possible(zones.Person{AreaCode: row[0]})
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range place.Zones {
			if !skip && !slices.Contains(all, zone) {
				t.Errorf("%s has %s, its regions %s have not", row[0], zone, row[2])
			}
		}
	}
}

func TestDistinct(t *testing.T) {
	d := open(t)
	place, err := d.Possible(zones.Person{Countries: []string{"US"}})
	if err != nil {
		t.Fatal(err)
	}
	few, err := d.Distinct(place.Zones, winter)
	if err != nil || len(few) != 8 {
		t.Errorf("%q, %v, want one zone for each of the 8 clocks of %q", few, err, place.Zones)
	}
	if !slices.Equal(clocksOf(t, d, few), clocksOf(t, d, place.Zones)) {
		t.Error("a clock is missing")
	}
	if _, err := d.Distinct([]string{"Nowhere"}, winter); err == nil {
		t.Error("a zone that is none has a clock")
	}
}

// A territory of the United States is under their law, whatever its country is to a
// telephone, and a person keeps the zones of every part: who moved from Winnipeg to Chicago
// had one clock in both until the law of 2026.
func TestWhereabouts(t *testing.T) {
	d := open(t)
	for _, tt := range []struct {
		person         zones.Person
		regions, zones string
	}{
		{zones.Person{Countries: []string{"PR"}, AreaCode: "787"}, "US-PR", "America/Puerto_Rico"},
		{zones.Person{Region: "GU"}, "US-GU", "Pacific/Guam"},
		{zones.Person{Region: "FM"}, "FM-FM", "Pacific/Chuuk Pacific/Kosrae Pacific/Pohnpei"},
		{zones.Person{Countries: []string{"US"}, Region: "MB", AreaCode: "312"}, "CA-MB", "America/Chicago America/Winnipeg"},
		{zones.Person{Countries: []string{"US"}, AreaCode: "850"}, "US-FL", "America/Chicago America/New_York"},
		{zones.Person{Countries: []string{"US"}, PostalCode: "02903", AreaCode: "212"}, "US-NY US-RI", "America/New_York"},
		{zones.Person{Countries: []string{"US"}, PostalCode: "2903"}, "US-RI", "America/New_York"},
		{zones.Person{Countries: []string{"US"}, PostalCode: "06390", AreaCode: "401"}, "US-CT US-NY US-RI", "America/New_York"},
		{zones.Person{Countries: []string{"US"}, Region: "ny", PostalCode: "02903", AreaCode: "213"}, "US-NY US-RI", "America/Los_Angeles America/New_York"},
		{zones.Person{Countries: []string{"CA"}, PostalCode: "K1A 0B1", AreaCode: "212"}, "CA-ON US-NY", "America/New_York America/Toronto"},
		{zones.Person{Countries: []string{"US"}, PostalCode: "00601"}, "US-PR", "America/Puerto_Rico"},
		{zones.Person{Countries: []string{"US"}, PostalCode: "99999-99", AreaCode: "212"}, "US-NY", "America/New_York"},
		{zones.Person{Countries: []string{"CA"}, PostalCode: "10001", AreaCode: "876"}, "JM-? US-NY", "America/Jamaica America/New_York"},
		{zones.Person{Countries: []string{"DE"}, PostalCode: "10115"}, "DE-?", "Europe/Berlin"},
		{zones.Person{Countries: []string{"GB"}}, "GB-?", "Europe/London"},
		{zones.Person{Countries: []string{"KZ", "DE"}}, "DE-? KZ-?", "Asia/Almaty Europe/Berlin"},
		{zones.Person{Countries: []string{"US", "CA"}, PostalCode: "02903", AreaCode: "800"}, "US-RI", "America/New_York"},
		{zones.Person{}, "", ""},
	} {
		place, regions := d.Whereabouts(tt.person, winter)
		if got := strings.Join(regions, " "); got != tt.regions || strings.Join(place.Zones, " ") != tt.zones {
			t.Errorf("%+v is in %q and %q, want %q and %q", tt.person, got, place.Zones, tt.regions, tt.zones)
		}
	}
}

func ExampleData_Possible() {
	d, err := zones.Open(zones.Options{System: "none"})
	if err != nil {
		fmt.Println(err)
	}
	place, err := d.Possible(zones.Person{Countries: []string{"US"}, AreaCode: "850"})
	fmt.Println(place.Zones, place.By, err)
	// Output: [America/Chicago America/New_York] [areaCode] <nil>
}
