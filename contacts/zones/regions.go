package zones

import (
	"slices"
	"strings"
	"time"
)

// Whereabouts is where a person may be, for the law: the zones that Possible gives,
// where that is a whole country's those with one clock once, and the regions, sorted,
// "US-RI": all those of the postal code, and with them the region that was given, else
// those of the area code and its overlays. "US-?" is somewhere in the country. Both
// are empty if nothing is known.
func (d *Data) Whereabouts(p Person, now time.Time) (Place, []string) {
	place, err := d.Possible(p)
	if err != nil {
		place.Zones = nil
	}
	if slices.Contains(place.By, ByCountry) {
		if distinct, err := d.distinctThisHour(place.Zones, now); err == nil {
			place.Zones = distinct
		}
	}
	region := upper(p.Region)
	address, _ := d.postalZones(upper(p.PostalCode), p.Countries)
	regions := d.underLawOf(address.regions...)
	area, ofArea := d.areas[p.AreaCode]
	switch _, given := d.regionZones(region, p.Countries); {
	case given: // who moves keeps the number: its law gives way to that of the region, which is newer
		regions = append(regions, d.underLawOf(region)...)
	case ofArea && len(area.regions) == 0:
		regions = append(regions, area.country+"-?")
	case ofArea:
		regions = append(regions, d.underLawOf(area.regions...)...)
	}
	if len(regions) == 0 {
		for _, country := range p.Countries {
			regions = append(regions, country+"-?")
		}
	}
	return place, unique(regions)
}

// distinctThisHour is Distinct, which reads a row of each zone, remembered for the hour:
// a list has thousands of whom no more than the country is known.
func (d *Data) distinctThisHour(zones []string, now time.Time) ([]string, error) {
	hour, key := now.Truncate(time.Hour), strings.Join(zones, ",")
	d.hourly.Lock()
	defer d.hourly.Unlock()
	if !d.hourly.at.Equal(hour) {
		d.hourly.at, d.hourly.distinct = hour, map[string][]string{}
	}
	if known, ok := d.hourly.distinct[key]; ok {
		return slices.Clone(known), nil
	}
	found, err := d.Distinct(zones, hour)
	if err == nil {
		d.hourly.distinct[key] = found
	}
	return slices.Clone(found), err
}

// underLawOf are regions with the country whose law holds there: a territory of the
// United States is a country of its own to telephones and to ISO 3166, not to the law.
func (d *Data) underLawOf(regions ...string) []string {
	var out []string
	for _, region := range regions {
		country := d.countryOf[region]
		switch region {
		case "AS", "GU", "MP", "PR", "VI":
			country = "US"
		}
		out = append(out, country+"-"+region)
	}
	return out
}
