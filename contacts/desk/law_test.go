package desk_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/packs"
	"agenthub/contacts/store"
	"agenthub/session"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// The law of where the person may be holds at every door, whatever the campaign's
// hours are, and who is refused is told the rule and when it opens.
func TestLawHoldsWhereThePersonMayBe(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 12, 4, 13, 30, 0, 0, time.UTC)) // Friday, 08:30 in New York
		s.ReadClocks()
		putLaw(t, s)
		row := func(id, e164, zone, region string) contacts.Row {
			return contacts.Row{ID: contacts.ID(id), Campaign: contacts.CampaignID("k" + id), AccountNumber: id, E164: e164, TimeZone: zone, Region: region}
		}
		for _, tt := range []struct {
			row  contacts.Row
			rule string // "" for open
		}{
			{row("ny", "+12125550123", "", ""), ""},
			{row("ri", "+14015550123", "", ""), "ri-hours"},
			{row("ri2", "+12125550124", "America/New_York", "RI"), "ri-hours"}, // the region says more than the number
			{row("la", "+12135550123", "", ""), "us-hours"},                    // 05:30 there
			{row("moved", "+12135550124", "America/New_York", "NY"), "us-hours"},
			{row("de", "+493012345678", "Europe/Berlin", ""), ""},
		} {
			s.Imports(tt.row)
			_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+tt.row.ID), tt.row.ID, "", time.Hour, "campaign1")
			taken, refused := errors.AsType[*contacts.TakenError](err)
			if refused != (tt.rule != "") || refused && (taken.Why != "outside_hours" || taken.Until.IsZero()) {
				t.Errorf("%s: %v, want %q", tt.row.ID, err, tt.rule)
			}
		}
	})
}

// A campaign's week, its holidays and the zone that decides, for a contact whose
// whereabouts are known and for one of which the campaign's zone is all that is.
func TestWeekOfACampaign(t *testing.T) {
	week := contacts.Rules{
		Hours:    &contacts.Hours{Week: map[string]string{"mon-fri": "09:00-18:00", "sat": "10:00-14:00"}},
		Holidays: contacts.HolidaysClosed, DefaultTimeZone: "America/New_York", ZoneFrom: contacts.ZoneStrictest,
	}
	for _, tt := range []struct {
		now, opens string // on the clock of New York; "" for now
		nowhere    string // for the contact that is nowhere, which has no holidays
	}{
		{"2026-12-04T08:59", "2026-12-04T09:00", "2026-12-04T09:00"}, // Friday
		{"2026-12-04T09:00", "", ""},
		{"2026-12-04T17:59", "", ""},
		{"2026-12-04T18:00", "2026-12-05T10:00", "2026-12-05T10:00"},
		{"2026-12-05T13:59", "", ""},
		{"2026-12-05T14:00", "2026-12-07T09:00", "2026-12-07T09:00"}, // no Sunday
		{"2026-12-25T10:00", "2026-12-26T10:00", ""},                 // Christmas, then a Saturday
		{"2027-03-13T14:00", "2027-03-15T09:00", "2027-03-15T09:00"}, // the clock is set forward between
		{"2027-11-06T15:00", "2027-11-08T09:00", "2027-11-08T09:00"}, // and back
	} {
		t.Run(tt.now, func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				at := func(text string) time.Time { return inNewYork(t, text) }
				s.At(at(tt.now))
				s.ReadClocks()
				putLaw(t, s)
				s.Put("week", week)
				s.Imports(contacts.Row{ID: "ny", Campaign: "week", AccountNumber: "ny", E164: "+12125550123"},
					contacts.Row{ID: "nowhere", Campaign: "week", AccountNumber: "nowhere"})
				for id, opens := range map[contacts.ID]string{"ny": tt.opens, "nowhere": tt.nowhere} {
					_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+id), id, "", time.Hour, "campaign1")
					taken, refused := errors.AsType[*contacts.TakenError](err)
					if refused != (opens != "") || refused && !taken.Until.Equal(at(opens)) {
						t.Errorf("%s: %v, %+v, want %q", id, err, taken, opens)
					}
				}
			})
		})
	}
}

// Always is what the law leaves, and nothing else.
func TestAlwaysIsWhatTheLawLeaves(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T03:00"))
		s.ReadClocks()
		putLaw(t, s)
		s.Put("always", contacts.Rules{Hours: &contacts.Hours{Always: true}})
		s.Imports(contacts.Row{ID: "ny", Campaign: "always", AccountNumber: "ny", E164: "+12125550123"},
			contacts.Row{ID: "berlin", Campaign: "always", AccountNumber: "berlin", E164: "+493012345678"}) // no pack speaks of Germany
		if _, err := s.Store.Assign(t.Context(), "a", "berlin", "", time.Hour, "campaign1"); err != nil {
			t.Error(err)
		}
		_, err := s.Store.Assign(t.Context(), "b", "ny", "", time.Hour, "campaign1")
		if taken, _ := errors.AsType[*contacts.TakenError](err); taken == nil || !taken.Until.Equal(inNewYork(t, "2026-12-04T08:00")) {
			t.Errorf("New York: %v", err)
		}
	})
}

// Who is to be called in which zone: the one that is given, or all that may be.
func TestZoneOfAPersonIsTheStrictest(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T09:30"))
		s.ReadClocks()
		hours := contacts.Rules{CallFrom: "09:00", CallUntil: "21:00", DefaultTimeZone: "America/New_York"}
		for _, from := range []string{contacts.ZoneGiven, contacts.ZoneStrictest} {
			hours.ZoneFrom = from
			s.Put(contacts.CampaignID(from), hours)
		}
		n := 0
		for _, tt := range []struct {
			area, zone    string
			given, strict string // when it opens, "" for now, on the clock of New York
		}{
			{"+1212", "", "", ""},
			{"+1213", "", "", "2026-12-04T12:00"},                 // Los Angeles
			{"+1213", "America/New_York", "", "2026-12-04T12:00"}, // who has moved, or is said to have
			{"+1423", "", "", "2026-12-04T10:00"},                 // Tennessee has two
			{"+1800", "", "", "2026-12-04T14:00"},                 // anywhere in the country: it is morning in Honolulu
		} {
			for from, opens := range map[string]string{contacts.ZoneGiven: tt.given, contacts.ZoneStrictest: tt.strict} {
				n++
				id, e164 := contacts.ID(strconv.Itoa(n)), tt.area+strconv.Itoa(5550100+n) // one number is called once at a time
				s.Imports(contacts.Row{ID: id, Campaign: contacts.CampaignID(from), AccountNumber: string(id), E164: e164, TimeZone: tt.zone})
				_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+id), id, "", time.Hour, "campaign1")
				taken, refused := errors.AsType[*contacts.TakenError](err)
				if refused != (opens != "") || refused && !taken.Until.Equal(inNewYork(t, opens)) {
					t.Errorf("%s %s %s: %v, %+v, want %q", from, e164, tt.zone, err, taken, opens)
				}
			}
		}
	})
}

// A contact in hand is asked again at dial: by the law that is there by then.
func TestLawThatComesBeforeTheDial(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T12:00"))
		s.ReadClocks()
		s.Imports(contacts.Row{ID: "ny", Campaign: "x", AccountNumber: "ny", E164: "+12125550123"})
		agent := s.SignIn("agent1")
		s.Next(agent)
		for _, tt := range []struct{ ban, opens string }{
			{`"until":""`, ""},
			{`"until":"2026-12-04T18:30:00Z"`, "2026-12-04T18:30:00Z"},
		} {
			pack := `{"pack":"storm","seen":"2026-12-04","bans":[{"id":"ny-storm","region":"NY","from":"2026-12-04T00:00:00Z",` + tt.ban + `,"source":"a test"}]}`
			if err := s.Store.PutPack(t.Context(), "storm", []byte(pack)); err != nil {
				t.Fatal(err)
			}
			_, err := s.Ask(agent, s.Dial, `{"ContactId":"ny"}`)
			refusal, ok := errors.AsType[*envelope.Error](err)
			if !ok || refusal.Code != envelope.CodeOutsideHours || refusal.Rule != "ny-storm" || refusal.OpensAt != tt.opens {
				t.Errorf("%s: %+v", tt.ban, err)
			}
		}
		if err := s.Store.DeletePack(t.Context(), "storm"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Ask(agent, s.Dial, `{"ContactId":"ny"}`); err != nil {
			t.Error(err)
		}
	})
}

// What one contact has taught of its campaign's day holds for the next, and for no
// longer than what it was found by.
func TestOpenUntilSomethingChanges(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T12:00"))
		s.ReadClocks()
		rules := contacts.Rules{CallFrom: "09:00", CallUntil: "18:00", ZoneFrom: contacts.ZoneStrictest}
		pack := `{"pack":"storm","seen":"2026-12-04","bans":[{"id":"ny-storm","region":"NY","from":"2026-12-04T19:00:00Z","source":"a test"}]}`
		s.Put("x", rules)
		n := 0
		next := func(opens string) {
			t.Helper()
			n++
			id := contacts.ID(strconv.Itoa(n))
			s.Imports(contacts.Row{ID: id, Campaign: "x", AccountNumber: string(id), E164: "+1212" + strconv.Itoa(5550100+n)})
			_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+id), id, "", time.Hour, "campaign1")
			taken, refused := errors.AsType[*contacts.TakenError](err)
			if refused != (opens != "") || refused && !taken.Until.Equal(inNewYork(t, opens)) {
				t.Errorf("%s: %v %+v, want %q", s.Now, err, taken, opens)
			}
		}
		learned := func(want int64) {
			t.Helper()
			if got := s.Command(t, "exists", "open:x"); got != want {
				t.Errorf("learned: %v, want %d", got, want)
			}
		}
		put := func(text string) {
			t.Helper()
			if err := s.Store.PutPack(t.Context(), "storm", []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		learned(0)
		next("")
		learned(1)
		next("")
		s.ReadClocks() // as a node with a newer release does
		learned(0)
		next("")
		put(pack) // from 14:00 on
		learned(0)
		next("")
		s.At(inNewYork(t, "2026-12-04T13:59"))
		next("")
		s.At(inNewYork(t, "2026-12-04T14:00"))
		next("2026-12-05T14:00") // asked again in a day: nobody knows when it ends
		put(`{"pack":"storm","seen":"2026-12-04"}`)
		next("")
		rules.CallFrom = "15:00"
		s.Put("x", rules)
		learned(0)
		next("2026-12-04T15:00")
		s.At(inNewYork(t, "2026-12-04T17:59"))
		next("")
		s.At(inNewYork(t, "2026-12-04T18:00"))
		next("2026-12-05T15:00")
		s.At(inNewYork(t, "2026-12-04T14:59")) // the store's clock was set back
		next("2026-12-04T15:00")
	})
}

// A state's limit counts the calls of all campaigns, whatever the campaign's own are.
func TestLimitsOfTheLaw(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T12:00"))
		s.ReadClocks()
		putLaw(t, s)
		s.Put("often", contacts.Rules{MaxAttempts24h: 50})
		var before []time.Time
		for hour := range 3 {
			before = append(before, s.Now.Add(-time.Duration(hour+1)*time.Hour))
		}
		for id, e164 := range map[contacts.ID]string{"fl": "+13055550123", "ny": "+12125550123"} {
			s.Imports(contacts.Row{ID: id, Campaign: "often", AccountNumber: string(id), E164: e164, AttemptsBefore: before})
			_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+id), id, "", time.Hour, "campaign1")
			taken, refused := errors.AsType[*contacts.TakenError](err)
			if refused != (id == "fl") || refused && (taken.Why != contacts.TooManyAttempts || !taken.Until.Equal(before[2].Add(24*time.Hour))) {
				t.Errorf("%s: %v %+v", id, err, taken)
			}
		}
	})
}

// The rule that is told is that of the zone which forbids, whichever it is; a campaign's zone
// is for those of whom nothing is known, not for a soldier abroad; the law of a country holds
// in its territories; and zones that had one clock are two when a law parts them.
func TestEveryZoneOfAPersonDecides(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 12, 5, 1, 30, 0, 0, time.UTC)) // 20:30 in New York, 19:30 in Chicago and Winnipeg
		s.ReadClocks()
		s.Put("west", contacts.Rules{CallFrom: "08:00", CallUntil: "20:00", DefaultTimeZone: "Europe/London", ZoneFrom: contacts.ZoneStrictest})
		s.Put("army", contacts.Rules{DefaultTimeZone: "America/Chicago", ZoneFrom: contacts.ZoneStrictest})
		people := []struct {
			row  contacts.Row
			want string // the rule, "" for open
		}{
			{contacts.Row{ID: "fl", Campaign: "x", E164: "+18505550123", Region: "FL"}, "fl-hours"}, // by its second zone
			{contacts.Row{ID: "il", Campaign: "west", E164: "+12175550123", Region: "IL"}, ""},      // 01:30 in London
			{contacts.Row{ID: "pr", Campaign: "x", E164: "+17875550123"}, "us-hours"},               // 21:30 there
			{contacts.Row{ID: "aa", Campaign: "army", E164: "+12125550123", Region: "AA"}, "no_zone"},
			{contacts.Row{ID: "mb", Campaign: "x", E164: "+13125550123", Region: "MB"}, ""},
			{contacts.Row{ID: "mb2", Campaign: "x", E164: "+13125550124", Region: "MB"}, "ca-weekday"},
		}
		claims := make([]*session.Claim, len(people))
		for i, tt := range people {
			tt.row.AccountNumber = string(tt.row.ID)
			s.Imports(tt.row)
			if _, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+tt.row.ID), tt.row.ID, "", time.Hour, "campaign1"); err != nil {
				t.Fatalf("%s without a law: %v", tt.row.ID, err)
			}
			claims[i] = s.SignIn("for-" + string(tt.row.ID)) // and is shown it
		}
		putLaw(t, s)
		for i, tt := range people {
			if tt.row.ID == "mb2" { // Manitoba makes a law of its own
				s.Command(t, "HSET", "zones", "America/Winnipeg", "-180")
			}
			c := claims[i]
			_, err := s.Store.Dial(t.Context(), &store.Caller{Agent: c.Agent, Epoch: c.Epoch, Session: c.Session, Joined: &c.Joined, Frame: s.Number()}, "")
			refused, _ := errors.AsType[*contacts.HoursError](err)
			if tt.want == "" && err != nil || tt.want != "" && (refused == nil || refused.Rule != tt.want) {
				t.Errorf("%s: %v, %+v, want %q", tt.row.ID, err, refused, tt.want)
			}
		}
	})
}

func putLaw(tb testing.TB, s *contactstest.Node) {
	tb.Helper()
	name, text := packs.BuiltInText()
	if err := s.Store.PutPack(tb.Context(), name, text); err != nil {
		tb.Fatal(err)
	}
}

func inNewYork(tb testing.TB, text string) time.Time {
	tb.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	if text == "" {
		return time.Time{}
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}
