package lists

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"agenthub/contacts/internal/contactstest"
)

func TestEveryColumnIsUsedOrNamedAsIgnored(t *testing.T) {
	const header, row = "contactId,campaignId,phoneNumber", "c1,k,+1 212 555 0123"
	const object = `{"contactId":"c1","campaignId":"k","phoneNumber":"+1 212 555 0123"`
	var many []string
	var most []Ignored
	for i := range IgnoredMost + 1 {
		many = append(many, fmt.Sprintf("extra%d", i))
		most = append(most, Ignored{many[i], ""})
	}
	most[IgnoredMost].Column = "…"
	tests := []struct {
		name   string
		format Format
		in     string
		want   []Ignored
	}{
		{"none", CSV, header + ",Time Zone\n" + row + ",America/Chicago\n", nil},
		{"zone and state under other names", CSV, header + ",tz,state\n" + row + ",America/Chicago,IL\n", nil},
		{"no rows", CSV, header + ",zone\n", []Ignored{{"zone", "timeZone"}}},
		{"may be something else", CSV, header + ",Owner,Expiry Date,Account_Name\n", []Ignored{{"Owner", "personalAgent"}, {"Expiry Date", "expiryTime"}, {"Account_Name", "name"}}},
		{"two that could be one", CSV, header + ",Zip Code,Postcode\n", []Ignored{{"Zip Code", "postalCode"}, {"Postcode", "postalCode"}}},
		{"slips", CSV, header + ",time_zne,Postal Cod,regoin\n", []Ignored{{"time_zne", "timeZone"}, {"Postal Cod", "postalCode"}, {"regoin", "region"}}},
		{"near to nothing", CSV, header + ",date,reason,notes,e-mail\n", []Ignored{{"date", ""}, {"reason", ""}, {"notes", ""}, {"e-mail", ""}}},
		{"what was meant is there", CSV, header + ",phone,phoneNumber2\n", []Ignored{{"phone", ""}, {"phoneNumber2", ""}}},
		{"twice", CSV, header + ",notes,notes\n", []Ignored{{"notes", ""}}},
		{"semicolons", CSV, "contactId;campaignId;phoneNumber;owner\nc1;k;+1 212 555 0123;1\n", []Ignored{{"owner", "personalAgent"}}},
		{"commas behind the last column", CSV, header + ",, ,\n" + row + ",,, \n", nil},
		{"values without a name", CSV, header + ",,,zone\n" + row + ",,IL,\n" + row + ",,IL,\n", []Ignored{{"zone", "timeZone"}, {"#5", ""}}},
		{"a number, a mark, a long name", CSV, header + ",+1 212 555 0123,\u202ea\x00b," + strings.Repeat("é", 60) + "\n", []Ignored{{"+* *** *** ****", ""}, {"?a?b", ""}, {strings.Repeat("é", 32) + "…", ""}}},
		{"as many as are told, and more", CSV, header + "," + strings.Join(many, ",") + "\n", most},
		{"objects", NDJSON, object + `,"tz":"America/Chicago"}` + "\n" + object + `,"STATE":{"code":["IL"]},"tz":null}`, []Ignored{{"tz", "timeZone"}, {"STATE", "region"}}},
		{"objects that have it elsewhere", NDJSON, object + `,"tz":"America/Chicago"}` + "\n" + object + `,"timeZone":"America/Chicago"}`, []Ignored{{"tz", ""}}},
		{"objects that are refused", NDJSON, `{"phone":"+1 212 555 0123"}`, []Ignored{{"phone", "phoneNumber"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rr, err := NewRowReader(strings.NewReader(tt.in), Options{Format: tt.format, Region: "US", Zones: contactstest.Zones().Data()})
			if err != nil {
				t.Fatal(err)
			}
			for !errors.Is(err, io.EOF) {
				_, _, err = rr.Next()
			}
			if got := rr.Ignored(); !slices.Equal(got, tt.want) {
				t.Fatalf("ignored %q, want %q", got, tt.want)
			}
		})
	}
}
