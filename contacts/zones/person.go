package zones

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ErrNoZone says that nothing is known of where a person is, not even the
// country: such a person may be called at no hour.
var ErrNoZone = errors.New("no zone: neither zone, region, postal code, area code nor country is known")

// ErrAnywhere says that a person has a military post address, which may be on
// any continent: such a person may be called at no hour, unless the zone is given.
var ErrAnywhere = errors.New("no zone: a military post address may be anywhere; give the zone")

// Person is what is known of where somebody lives; "" is unknown.
type Person struct {
	Zone       string   // as it was given: any name that Resolve takes
	Countries  []string // all that it may be; ISO 3166-1, two capitals
	Region     string   // a US state or territory or Canadian province, two letters
	PostalCode string   // of the US or Canada
	AreaCode   string   // of the number, the three digits after +1; "" for any other number
}

// The parts of a Person, as Place names them.
const (
	ByZone       = "zone"
	ByRegion     = "region"
	ByPostalCode = "postalCode"
	ByAreaCode   = "areaCode"
	ByCountry    = "country"
)

// Place is where somebody may be.
type Place struct {
	// Zones are all that the person may live by, sorted, each once: a moment is right if it is in all of them.
	Zones []string
	// By names the parts that decided, in the order of Person. By the country alone, the person could not be placed.
	By []string
	// Unread names the parts that were given and say nothing: unknown, or of a country that the tables do not have.
	Unread []string
}

// Possible gives every zone that a person may live by: the union of what zone,
// region, postal code and area code can each mean, since people move and keep
// their number. If none of them says anything it is all zones of the countries; none
// that is known is ErrNoZone. It errs towards too many zones, never too few.
func (d *Data) Possible(p Person) (Place, error) {
	var out Place
	anywhere := false
	for _, part := range []struct {
		by, given string
		read      func(given string, countries []string) (place, bool)
	}{
		{ByZone, p.Zone, d.givenZones},
		{ByRegion, p.Region, d.regionZones},
		{ByPostalCode, p.PostalCode, d.postalZones},
		{ByAreaCode, p.AreaCode, d.areaZones},
	} {
		given := upper(part.given)
		if given == "" {
			continue
		}
		in, ok := part.read(given, p.Countries)
		if !ok {
			out.Unread = append(out.Unread, part.by)
			continue
		}
		out.By = append(out.By, part.by)
		out.Zones = append(out.Zones, in.zones...)
		anywhere = anywhere || in.anywhere
	}
	if anywhere && !slices.Contains(out.By, ByZone) {
		return out, ErrAnywhere
	}
	if len(out.Zones) == 0 {
		for _, country := range p.Countries {
			out.Zones = append(out.Zones, d.countries[country]...)
		}
		if len(out.Zones) == 0 {
			return out, ErrNoZone
		}
		out.By = append(out.By, ByCountry)
	}
	out.Zones = unique(out.Zones)
	return out, nil
}

// upper is a code as the tables write it.
func upper(given string) string { return strings.ToUpper(strings.TrimSpace(given)) }

// givenZones is one zone, or all those that a Windows name has in the countries:
// "Pacific Standard Time" is Vancouver's in Canada, whose clock is another since 2026.
func (d *Data) givenZones(name string, countries []string) (place, bool) {
	var in place
	elsewhere := len(countries) == 0
	for _, country := range countries {
		zones := d.windows[strings.ToLower(name)][country]
		elsewhere = elsewhere || len(zones) == 0
		for _, zone := range zones {
			if known, err := d.fromWindows(zone); err == nil {
				in.zones = append(in.zones, known)
			}
		}
	}
	if elsewhere || len(in.zones) == 0 {
		if known, err := d.Resolve(name); err == nil {
			in.zones = append(in.zones, known)
		}
	}
	return in, len(in.zones) > 0
}

// northAmerica reports whether one of the countries uses the regions and postal codes
// of the tables.
func northAmerica(countries []string) bool {
	return slices.ContainsFunc(countries, func(country string) bool {
		switch country {
		case "US", "CA", "PR", "VI", "GU", "AS", "MP", "UM", "FM", "MH", "PW":
			return true
		}
		return false
	})
}

func (d *Data) regionZones(region string, countries []string) (place, bool) {
	in, ok := d.regions[region]
	return in, ok && (len(countries) == 0 || northAmerica(countries))
}

var (
	zipCode       = regexp.MustCompile(`^\d{3,5}(-?\d{4})?$`)
	canadaPostal  = regexp.MustCompile(`^[ABCEGHJ-NPRSTVXY]\d[A-Z]([ -]?\d[A-Z]\d)?$`)
	postalLengths = [...]int{5, 3, 1}
)

// postalZones needs the country: five digits are a place in many.
func (d *Data) postalZones(code string, countries []string) (place, bool) {
	switch {
	case !northAmerica(countries):
		return place{}, false
	case zipCode.MatchString(code):
		code, _, _ = strings.Cut(code, "-")
		if len(code) > 5 {
			code = code[:len(code)-4]
		}
		code = strings.Repeat("0", 5-len(code)) + code // a spreadsheet drops them
	case !canadaPostal.MatchString(code):
		return place{}, false
	}
	for _, n := range postalLengths {
		if in, ok := d.postal[code[:min(n, len(code))]]; ok {
			return in, true
		}
	}
	return place{}, false
}

func (d *Data) areaZones(code string, _ []string) (place, bool) {
	a, ok := d.areas[code]
	return place{zones: a.zones}, ok
}

// Distinct leaves out zones whose clocks agree with one before them at every
// moment that their rows know: what is legal in the rest is legal in all.
func (d *Data) Distinct(zones []string, now time.Time) ([]string, error) {
	seen := map[string]bool{}
	var out []string
	for _, zone := range zones {
		row, err := d.Row(zone, now)
		if err != nil {
			return nil, err
		}
		if !seen[row] {
			seen[row] = true
			out = append(out, zone)
		}
	}
	return out, nil
}
