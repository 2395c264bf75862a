package main

import (
	"fmt"

	"agenthub/contacts"
)

// The demo: what somebody finds who has configured nothing.
const (
	demoContacts = 400
	demoHolder   = "testagent" // holds a contact from the start, so that the published sample request succeeds
)

var demoCampaigns = []contacts.CampaignID{"spring", "renewals", "survey"} //nolint:gochecknoglobals // a constant

// demoRows are the same 400 contacts each time, in three campaigns. Their
// numbers are of the range that belongs to nobody: 555-0100 to 555-0199.
func demoRows() []contacts.Row {
	campaigns := demoCampaigns
	zones := []string{"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"}
	areas := []int{212, 312, 303, 213} // of these zones, in their order

	rows := make([]contacts.Row, demoContacts)
	for i := range rows {
		phone := contacts.Phone(fmt.Sprintf("+1 %d-555-%04d", areas[i%len(areas)], 100+i/len(areas)%100))
		number, err := phone.Match("", "US")
		if err != nil {
			panic("agenthub: a demo number cannot be read") // made above
		}
		rows[i] = contacts.Row{
			ID: contacts.ID(fmt.Sprintf("demo-%03d", i+1)), Campaign: campaigns[i%len(campaigns)], Phone: phone, E164: number.E164,
			AccountNumber: fmt.Sprintf("5|3|%d|0|0|44|%d", i%len(campaigns)+1, i+1), Mode: "Home", Queue: "demo",
			Name: fmt.Sprintf("Contact %d", i+1), Priority: i % 3, TimeZone: zones[i%len(zones)],
		}
	}
	return rows
}
