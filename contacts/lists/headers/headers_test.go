package headers

import (
	"slices"
	"strings"
	"testing"
)

// A name leads to one field, is none of our own and is written so that it can be found.
func TestNamesOfTheTrade(t *testing.T) {
	seen := map[string]bool{}
	for _, from := range []map[string][]string{table.Take, table.Hint} {
		for field, names := range from {
			if _, known := fieldOf[field]; !known {
				t.Errorf("there is no field %q", field)
			}
			for _, name := range names {
				own, isOwn := Named(name)
				if isOwn && own.String() != field || Plain(name) != name || seen[name] || Meant(name) != fieldOf[field] {
					t.Errorf("%q of %s is a field, stands twice or is written so that nobody finds it", name, field)
				}
				seen[name] = true
			}
		}
	}
	for _, l := range table.Layouts {
		if table.Sources[l.Source] == "" {
			t.Errorf("layout %s has no source", l.Name)
		}
		for field, columns := range l.Fields {
			if _, known := fieldOf[field]; !known && field != "countryCode" {
				t.Errorf("layout %s: there is no field %q", l.Name, field)
			}
			for _, column := range columns {
				if l.Bare && !slices.Contains(l.Columns, column) {
					t.Errorf("layout %s has no column %s", l.Name, column)
				}
			}
		}
	}
}

// What is asked wins, then our own names, then what the layout says, then names of the trade.
func TestFind(t *testing.T) {
	tests := []struct{ columns, asked, layout, want string }{
		{"contactId,campaignId,phoneNumber,phone", "", "", "contactId=1 campaignId=2 phoneNumber=3"},
		{"Contact_ID,CAMPAIGN,Tel.", "", "", "contactId=1 campaignId=2 phoneNumber=3"},
		{"ID,Campaign,HomePhone,MobilePhone", "", "", "contactId=1 campaignId=2"},
		{"ID,Campaign,HomePhone,MobilePhone", "phone=HomePhone", "", "contactId=1 campaignId=2 phoneNumber=3"},
		{"ID,Campaign,Phone,Phone", "phoneNumber=#4", "", "contactId=1 campaignId=2 phoneNumber=4"},
		{"ID,Campaign,Phone,State", "region=", "", "contactId=1 campaignId=2 phoneNumber=3"},
		{"ID,Campaign,Phone,Last Name,First Name", "", "", "contactId=1 campaignId=2 phoneNumber=3 name=5+4"},
		{"ID,Campaign,Phone,Full Name,First Name", "", "", "contactId=1 campaignId=2 phoneNumber=3 name=4"},
		{"lead_id,list_id,vendor_lead_code,phone_code,phone_number", "", "", "contactId=1 campaignId=2 phoneNumber=5 accountNumber=3 code=4"},
		{"a,b", "", "vicidial-export", ""},
		{"a,b", "phone=c", "", `the file has no column "c" for phoneNumber`},
		{"a,c,c", "phone=c", "", `the file has more than one column "c": say which by its place, as #3`},
		{"a,b", "", "five", `there is no layout "five"; there are vicidial, vicidial-export, google, outlook`},
		{"a", "shoe=a", "", `there is no field "shoe"; the fields are `},
		{"a", "phone", "", `"phone" is not like phoneNumber=HomePhone`},
	}
	for _, tt := range tests {
		asked := Asked{Layout: tt.layout}
		var err error
		if tt.asked != "" {
			err = asked.Ask(tt.asked)
		}
		got := ""
		if err == nil {
			var found Found
			found, err = Find(strings.Split(tt.columns, ","), asked)
			got = found.text()
		}
		if err != nil {
			got = err.Error()
		}
		if got != tt.want && (err == nil || tt.want == "" || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s with %q: %s, want %s", tt.columns, tt.asked, got, tt.want)
		}
	}
}

func (f Found) text() string {
	var all []string
	number := func(at int) string { return string(rune('1' + at)) }
	for field, at := range f.Of {
		var places []string
		for _, i := range at {
			places = append(places, number(i))
		}
		if places != nil {
			all = append(all, Names[field]+"="+strings.Join(places, "+"))
		}
	}
	if f.CountryCode >= 0 {
		all = append(all, "code="+number(f.CountryCode))
	}
	return strings.Join(all, " ")
}
