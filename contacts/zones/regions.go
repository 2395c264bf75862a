package zones

import (
	"slices"
	"strings"
	"time"
)

// Whereabouts is where a person may be, for the law: the zones that Possible gives,
// where that is a whole country's those with one clock once, and the regions,
// "US-RI". The region that was given decides, else all those of the area code and
// its overlays; "US-?" is somewhere in the country. Both are empty if nothing is known.
func (d *Data) Whereabouts(p Person, now time.Time) (Place, []string) {
	place, err := d.Possible(p)
	if err != nil {
		place.Zones = nil
	}
	if slices.Contains(place.By, ByCountry) {
		if distinct, err := d.Distinct(place.Zones, now); err == nil {
			place.Zones = distinct
		}
	}
	country := strings.ToUpper(strings.TrimSpace(p.Country))
	region := strings.ToUpper(strings.TrimSpace(p.Region))
	if d.countryOf[region] != "" && (country == "" || northAmerica(country)) {
		return place, []string{d.underLawOf(region)}
	}
	if a, ok := d.areas[p.AreaCode]; ok {
		if len(a.regions) == 0 {
			return place, []string{a.country + "-?"}
		}
		var out []string
		for _, r := range a.regions {
			out = append(out, d.underLawOf(r))
		}
		return place, out
	}
	if len(country) == 2 {
		return place, []string{country + "-?"}
	}
	return place, nil
}

// underLawOf is a region with the country whose law holds there: a territory of the
// United States is a country of its own to telephones and to ISO 3166, not to the law.
func (d *Data) underLawOf(region string) string {
	switch region {
	case "AS", "GU", "MP", "PR", "VI":
		return "US-" + region
	}
	return d.countryOf[region] + "-" + region
}
