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
	if of := d.countryOf[region]; of != "" && (country == "" || northAmerica(country)) {
		return place, []string{of + "-" + region}
	}
	if a, ok := d.areas[p.AreaCode]; ok {
		if len(a.regions) == 0 {
			return place, []string{a.country + "-?"}
		}
		var out []string
		for _, r := range a.regions {
			out = append(out, d.countryOf[r]+"-"+r)
		}
		return place, out
	}
	if len(country) == 2 {
		return place, []string{country + "-?"}
	}
	return place, nil
}
