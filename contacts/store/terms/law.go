package terms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"agenthub/contacts"
	"agenthub/contacts/packs"
	"agenthub/contacts/zones"
)

// lawDays is how far ahead the scripts know the law; it is written anew each day.
const lawDays = 400

// Law are the texts of rule packs, given as JSON by name, from a day on: key and
// text by turns, as they stand in the hash law.
func Law(all map[string]string, today packs.Day) ([]string, error) {
	law, err := lawOf(all)
	if err != nil {
		return nil, err
	}
	var out []string
	for region, text := range law.Compile(today-2, lawDays) { // the day before yesterday: somewhere it is yesterday still
		out = append(out, region, text)
	}
	for region, limits := range law.CompileLimits() {
		out = append(out, region+"#", Limits(limits))
	}
	return out, nil
}

func lawOf(all map[string]string) (*packs.Law, error) {
	list := make([]packs.Pack, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p, err := packs.Parse([]byte(all[name]))
		if err != nil {
			return nil, fmt.Errorf("rule pack %s: %w", name, err)
		}
		list = append(list, p)
	}
	law, err := packs.NewLaw(list...)
	if err != nil {
		return nil, fmt.Errorf("lay rule packs over each other: %w", err)
	}
	return law, nil
}

// Packs tells sets of rule packs apart, "" for none.
func Packs(all map[string]string) string {
	if len(all) == 0 {
		return ""
	}
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, "modes are folded") // by an older hub they were not: its texts are others
	for _, name := range slices.Sorted(maps.Keys(all)) {
		_, _ = fmt.Fprintf(sum, "%q %q\n", name, all[name])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Whereabouts is what a row says of the place of its person, for lib/lawTexts.lua:
// regions, zones and mode. "" if it says nothing.
func Whereabouts(r contacts.Row, data *zones.Data, now time.Time) string {
	where, _ := Places(r, data, now)
	return where
}

// Places are Whereabouts, and what they were found by beside number and zone: the
// region and the postal code, and behind those the zones of the number alone, where
// they are others ("-" for none). None of the three has a ";".
func Places(r contacts.Row, data *zones.Data, now time.Time) (where, found string) {
	p := person(r)
	place, regions := data.Whereabouts(p, now)
	all := strings.Join(place.Zones, ",")
	alone := ""
	if p.Zone+p.Region+p.PostalCode != "" {
		number, _ := data.Whereabouts(zones.Person{Countries: p.Countries, AreaCode: p.AreaCode}, now)
		switch alone = strings.Join(number.Zones, ","); alone {
		case all:
			alone = ""
		case "":
			alone = "-"
		}
	}
	found = strings.ReplaceAll(r.Region, ";", "") + ";" + strings.ReplaceAll(r.PostalCode, ";", "") + ";" + alone
	if all == "" && len(regions) == 0 {
		return "", found
	}
	mode := packs.Fold(r.Mode)
	if strings.ContainsAny(mode, ";/,") {
		mode = ""
	}
	return strings.Join(regions, ",") + ";" + all + ";" + mode, found
}

// Unplaced says why nobody knows where the person of a row is, "" of others, as
// lib/unplaced.lua does: such a person is called where it is right all over the country,
// or at no hour.
func Unplaced(r contacts.Row, data *zones.Data, now time.Time) string {
	if r.TimeZone != "" {
		return ""
	}
	place, regions := data.Whereabouts(person(r), now)
	switch {
	case len(place.Zones) == 0:
		return contacts.Nowhere
	case len(place.Zones) > 1 && slices.ContainsFunc(regions, func(r string) bool { return strings.HasSuffix(r, "?") }):
		return contacts.InCountry
	}
	return ""
}

// NotMatchable stands in place of whereabouts where a contact's number is none: nobody
// knows whether it is on a do-not-call list.
const NotMatchable = "!"

// Elsewhere names the parts of a row's place that mean nothing in the country of its
// number: ByRegion and ByPostalCode are of the United States and Canada.
func Elsewhere(r contacts.Row, data *zones.Data) []string {
	if r.Region == "" && r.PostalCode == "" {
		return nil
	}
	place, _ := data.Possible(person(r))
	return slices.DeleteFunc(place.Unread, func(part string) bool { return part != zones.ByRegion && part != zones.ByPostalCode })
}

// person is what the row says of where its person may be.
func person(r contacts.Row) zones.Person {
	p := zones.Person{Zone: r.TimeZone, Countries: countries(r.E164), Region: r.Region, PostalCode: r.PostalCode}
	if len(r.E164) == len("+12125550123") && r.E164[:2] == "+1" {
		p.AreaCode = r.E164[2:5]
	}
	return p
}

// countries are all that a number may be of. The library takes what no place of +1 has, toll-free
// codes above all, for the United States', or for nobody's where a code is newer than it is.
func countries(e164 string) []string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return nil
	}
	code, country := int(number.GetCountryCode()), ""
	if phonenumbers.IsValidNumber(number) {
		country = phonenumbers.GetRegionCodeForNumber(number)
	}
	var all []string
	switch {
	case code == 1 && (country == "" || country == "US" && phonenumbers.GetNumberType(number) != phonenumbers.FIXED_LINE_OR_MOBILE):
		all = []string{"US", "CA"} // the others of +1 have no law that we know
	case country != "":
		all = []string{country}
	default:
		all = phonenumbers.GetRegionCodesForCountryCode(code)
	}
	all = slices.Clone(all)                                                   // it is the library's
	return slices.DeleteFunc(all, func(c string) bool { return len(c) != 2 }) // "001" is no country
}
