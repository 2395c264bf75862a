package terms

import (
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/zones"
)

// Everybody is under the law of all the places that the number and the address may mean: of a
// number of +1 that no place has, both countries', since the library takes what they share for
// the United States'.
func TestWhereaboutsOfANumber(t *testing.T) {
	data, err := zones.Open(zones.Options{System: "none"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		row     contacts.Row
		regions string
		zones   string // some of them
	}{
		{"a code of one place", contacts.Row{E164: "+14015550123"}, "US-RI", "America/New_York"},
		{"one that nobody knows", contacts.Row{E164: "+15555550123"}, "CA-?,US-?", "America/St_Johns Pacific/Honolulu"},
		{"toll-free", contacts.Row{E164: "+18005550123"}, "CA-?,US-?", "America/St_Johns Pacific/Honolulu"},
		{"personal", contacts.Row{E164: "+15005550123"}, "CA-?,US-?", "America/St_Johns Pacific/Honolulu"},
		{"of no place in Canada", contacts.Row{E164: "+16225550123"}, "CA-?", "America/St_Johns America/Edmonton"},
		{"of no place, at an address", contacts.Row{E164: "+15555550123", PostalCode: "02903"}, "US-RI", "America/New_York"},
		{"of no place, in a region", contacts.Row{E164: "+18005550123", Region: "ON"}, "CA-ON", "America/Toronto"},
		{"an exchange that nobody has", contacts.Row{E164: "+12120000000"}, "US-NY", "America/New_York"},
		{"the postal code of another place", contacts.Row{E164: "+12125550123", PostalCode: "02903"}, "US-NY,US-RI", "America/New_York"},
		{"not valid, of one country", contacts.Row{E164: "+4900000000"}, "DE-?", "Europe/Berlin"},
		{"not valid, of several countries", contacts.Row{E164: "+70000000000"}, "KZ-?,RU-?", "Europe/Kirov Asia/Almaty"},
		{"of no country", contacts.Row{E164: "+9995550123"}, "", ""},
	} {
		got := Whereabouts(tt.row, data, time.Date(2026, 12, 15, 12, 0, 0, 0, time.UTC))
		regions, rest, _ := strings.Cut(got, ";")
		if regions != tt.regions {
			t.Errorf("%s: under the law of %q, want %q", tt.name, regions, tt.regions)
		}
		for zone := range strings.FieldsSeq(tt.zones) {
			if !strings.Contains(rest, zone) {
				t.Errorf("%s: %q, want %s among them", tt.name, got, zone)
			}
		}
	}
}
