package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"agenthub/contacts"
)

// The campaigns that people are in. "law" nobody made: it has no hours, and the
// strictest zones decide.
var campaigns = map[string]campaign{
	"law":    {},
	"hours":  {from: "10:30", until: "18:45"},
	"given":  {given: true},
	"zones":  {from: "08:00", until: "21:00", given: true},
	"before": {from: "08:00", until: "21:00", given: true},
	"home":   {from: "09:15", until: "20:30", home: "America/Denver"},
	"homes":  {from: "09:15", until: "20:30", home: "America/Denver", given: true},
	"week":   {week: map[string]string{"mon-thu": "09:45-17:30", "fri": "08:00-24:00", "sat": "10:00-14:00"}, rests: true},
}

// put is what a campaign manager puts of a campaign.
func (c campaign) put() contacts.Rules {
	r := contacts.Rules{CallFrom: c.from, CallUntil: c.until, DefaultTimeZone: c.home, ZoneFrom: contacts.ZoneStrictest}
	if c.week != nil {
		r.Hours = &contacts.Hours{Week: c.week}
	}
	if c.rests {
		r.Holidays = contacts.HolidaysClosed
	}
	if c.given {
		r.ZoneFrom = contacts.ZoneGiven
	}
	return r
}

func (s somebody) row() contacts.Row {
	return contacts.Row{
		ID: contacts.ID(s.id), Campaign: contacts.CampaignID(s.campaign), AccountNumber: s.id, E164: s.phone, TimeZone: s.zone, Region: s.region,
		PostalCode: s.postal, Mode: s.mode,
	}
}

// cast are people of every region, area code, postal code and zone, and of each
// way to say it.
func cast(p *places, clocks map[string]clock) []somebody {
	var all []somebody
	add := func(campaign, id string, s somebody) {
		s.campaign, s.id = campaign, campaign+"-"+id
		if s.phone == "" && s.area != "" {
			s.phone = fmt.Sprintf("+1%s555%04d", s.area, 100+len(all)%9000)
		}
		all = append(all, s)
	}
	for _, region := range slices.Sorted(maps.Keys(p.regionZones)) {
		area := p.firstArea(region)
		add("law", region, somebody{region: region, area: area})
		if strings.Contains("VT ME ON RI", region) {
			add("law", region+"-sms", somebody{region: region, area: area, mode: "SMS"})
		}
		add("law", region+"-moved", somebody{region: region, area: "212"})
		add("hours", region, somebody{region: region, area: area})
		add("week", region, somebody{region: region, area: area})
		add("home", region, somebody{region: region, area: area})
		add("homes", region, somebody{region: region, area: area})
		for _, zone := range p.regionZones[region] {
			if zone != "anywhere" {
				add("given", region+"-"+zone, somebody{region: region, zone: zone, area: area})
			}
		}
	}
	for _, area := range p.areas() {
		add("law", area, somebody{area: area})
		add("hours", area, somebody{area: area})
	}
	for _, row := range p.postal {
		for _, code := range slices.Compact([]string{row.from, row.to}) {
			add("law", "post-"+code, somebody{postal: postalCode(code), area: p.areaOfPostal(row)})
		}
		add("law", "post-"+row.from+"-moved", somebody{postal: postalCode(row.from), area: "212"})
		add("law", "post-"+row.from+"-told", somebody{postal: postalCode(row.from), area: "212", region: "NJ"})
	}
	for _, of := range []struct{ id, phone, countries string }{ // of no place
		{"US", "+18005550123", "US CA"}, // toll-free
		{"CA", "+16225550123", "CA"},
		{"NA", "+15555550123", "US CA"}, // a code that nobody knows
		{"RU", "+70000000000", "RU KZ"},
	} {
		for _, name := range []string{"law", "hours", "week", "given", "home", "homes"} {
			add(name, "somewhere-"+of.id, somebody{countries: strings.Fields(of.countries), phone: of.phone})
		}
	}
	shown := map[string]bool{}
	for _, zone := range slices.Sorted(maps.Keys(clocks)) {
		clock := fmt.Sprint(clocks[zone])
		add("zones", zone, somebody{zone: zone, twin: shown[clock]})
		if !shown[clock] {
			add("before", zone, somebody{zone: zone})
		}
		shown[clock] = true
	}
	return all
}

// postalCode is a code that begins so.
func postalCode(prefix string) string {
	switch {
	case strings.Contains("0123456789", prefix[:1]):
		return (prefix + "00")[:5]
	case len(prefix) == 1:
		return prefix + "9Z"
	}
	return prefix + " 1A1"
}
