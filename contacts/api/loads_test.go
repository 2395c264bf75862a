package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// A dry run says what the load then does, and writes nothing; a part of an upload that is
// said again is answered again.
func TestLoadsInPartsAndForShow(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		ask := func(method, path, contentType, body, want string) {
			t.Helper()
			status, got, _ := a.call(t, "campaign", method, path, contentType, body)
			if status >= 300 || !strings.Contains(got, want) {
				t.Fatalf("%s %s: %d %s\nwant %s", method, path, status, got, want)
			}
		}
		load := func(query, rows, want string) {
			t.Helper()
			ask(http.MethodPost, "/contacts?"+query, "text/csv", "ID,Phone,First Name,Last Name,Zone\n"+rows, want)
		}
		s.At(time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC)) // noon in New York, 1 a.m. in Perth
		ask(http.MethodPut, "/campaigns/c", "application/json", `{"hours":{"mon-fri":"09:00-20:00"}}`, "")
		ask(http.MethodPut, "/campaigns/held", "application/json", `{"state":"paused"}`, "")
		rows := "new,+1 212 555 0101,Ann,Doe,\nperth,+61 8 6000 0101,,,\nblocked,+1 212 555 0102,,,\nclosed,+1 212 555 0103,,,\nbad,12,,,\n"
		load("campaign=c", "closed,+1 212 555 0103,,,\n", `"accepted":1`)
		ask(http.MethodDelete, "/contacts/closed", "", "", "")
		ask(http.MethodPut, "/dnc", "text/plain", "+1 212 555 0102\n", `"changed":1`)
		const both = `"rejected":[{"line":6,"error":"phoneNumber: has too few digits for a number"},{"line":4,"error":"phoneNumber: is on the do-not-call list"},` +
			`{"line":5,"error":"contactId: is closed; an import does not open it again"}],"rejectedTotal":3,"reasons":{"contactId: is closed; an import does not open it again":1,` +
			`"phoneNumber: has too few digits for a number":1,"phoneNumber: is on the do-not-call list":1},"mapped":[{"column":"ID","field":"contactId"},` +
			`{"column":"Phone","field":"phoneNumber"},{"column":"First Name","field":"name"},{"column":"Last Name","field":"name"}],"ignored":[{"column":"Zone","meant":"timeZone"}]`
		before := s.Events()
		for range 2 {
			load("campaign=c&dryRun=true", rows, `{"accepted":2,"updated":0,`+both+`,"waiting":{"outside_hours":1},"preview":[`+
				`{"contactId":"new","campaignId":"c","phoneNumber":"***0101","name":"Ann Doe","timeZone":"","region":"","postalCode":""},`)
		}
		if after := s.Events(); len(after) != len(before) {
			t.Fatalf("a dry run made %d events", len(after)-len(before))
		}
		if status, _, _ := a.call(t, "campaign", http.MethodGet, "/contacts/new", "", ""); status != http.StatusNotFound {
			t.Fatalf("a dry run left a contact: %d", status)
		}
		load("campaign=held&dryRun=true", "new,+1 212 555 0101,,,\n", `"waiting":{"paused":1}`)
		load("campaign=nowhere&dryRun=true", "new,+1 212 555 0101,,,\n", `"accepted":1`)

		const part = "campaign=c&upload=u1&part=p1"
		for range 3 {
			load(part, rows, `{"accepted":2,"updated":0,`+both)
		}
		load("campaign=c&upload=u1&part=p2", rows, `{"accepted":0,"updated":2,`)
		load("campaign=c&upload=u2&part=p1", rows, `{"accepted":0,"updated":2,`)
		load("campaign=c&dryRun=true", rows, `{"accepted":0,"updated":2,`)
		s.Check()
	})
}

// What was sent to the wrong place is refused by name, and nothing of it holds.
func TestFilesInTheWrongPlace(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		refused := func(method, path, contentType, body, want string) {
			t.Helper()
			status, got, _ := a.call(t, "campaign", method, path, contentType, body)
			if status != http.StatusBadRequest && status != http.StatusUnprocessableEntity || !strings.Contains(got, want) {
				t.Errorf("%s %s: %d %s\nwant %s", method, path, status, got, want)
			}
		}
		const contactsFile = "contactId,campaignId,phoneNumber\nc1,spring,+12125550101\n"
		if status, got, _ := a.call(t, "campaign", http.MethodPut, "/dnc/national", "text/plain", "+12125550199\n"); status != 200 {
			t.Fatal(status, got)
		}
		for _, path := range []string{"/dnc", "/dnc/national"} {
			refused(http.MethodPut, path, "text/plain", contactsFile, "is a list of contacts")
			refused(http.MethodPut, path, "text/plain", `{"contactId":"c1","campaignId":"spring","phoneNumber":"+12125550101"}`, "is a list of contacts")
			refused(http.MethodPut, path, "text/plain", "212,5550101,2026-11-28,D\n", "is a change list")
		}
		refused(http.MethodPatch, "/dnc/national", "text/plain", contactsFile, "is a list of contacts")
		refused(http.MethodPost, "/contacts", "text/csv", "212,5550101\n212,5550102\n", "is a list of numbers")
		refused(http.MethodPost, "/contacts", "application/x-ndjson", "+12125550101\n", "is a list of numbers")
		refused(http.MethodPost, "/contacts", "application/zip", "PK\x03\x04", "is damaged")
		refused(http.MethodPost, "/contacts?map=shoe%3DPhone", "text/csv", contactsFile, "there is no field")
		refused(http.MethodPost, "/contacts?map=phone%3DMobile", "text/csv", contactsFile, `no column \"Mobile\"`)
		for number, want := range map[string]string{"+12125550101": `"layers":[]`, "+12125550199": `"layer":"national"`} {
			if _, got, _ := a.call(t, "campaign", http.MethodGet, "/dnc?number="+url.QueryEscape(number), "", ""); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", number, got, want)
			}
		}
	})
}

// Would says of any row what Import says then.
func TestWouldIsWhatImportDoes(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC))
		s.Put("made", contacts.Rules{})
		s.Imports(contacts.Row{ID: "there", Campaign: "made", AccountNumber: "there", E164: "+12125550101"},
			contacts.Row{ID: "gone", Campaign: "made", AccountNumber: "gone", E164: "+12125550102"})
		if err := s.Store.Withdraw(t.Context(), "gone", "a", "withdrawn"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Store.Block(t.Context(), []string{"+12125550103"}, "a", ""); err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC)
		for i, row := range []contacts.Row{
			{ID: "there", E164: "+12125550101"},
			{ID: "gone", E164: "+12125550102"},
			{ID: "b", E164: "+12125550103"},
			{ID: "n", E164: "+12125550104"},
			{ID: "late", E164: "+12125550105", NotBefore: now.Add(time.Hour)},
			{ID: "over", E164: "+12125550106", ExpiryTime: now.Add(-time.Hour)},
			{ID: "elsewhere", Campaign: "unmade", E164: "+12125550107"},
			{ID: "there", E164: "+12125550108"},
		} {
			if row.AccountNumber = string(row.ID); row.Campaign == "" {
				row.Campaign = "made"
			}
			would, err := s.Store.Would(t.Context(), []contacts.Row{row}, []string{"made", "unmade"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Store.Import(t.Context(), []contacts.Row{row}, []string{"made", "unmade"})
			if err != nil || got[0] != would[0].Result {
				t.Errorf("row %d: would %+v, import %v %v", i, would[0], got, err)
			}
			if want := map[int]string{4: "scheduled", 5: "expired"}[i]; would[0].Why != want {
				t.Errorf("row %d: why %q, want %q", i, would[0].Why, want)
			}
		}
		if would, err := s.Store.Would(t.Context(), []contacts.Row{{ID: "there", Campaign: "made", E164: "+12125550101"}}, []string{"other"}); err != nil || would[0].Result != contacts.ImportForeign {
			t.Errorf("%+v, %v", would, err)
		}
	})
}

// A list does not cost more for each row the longer its pool is, in the store that sorts a
// pool whenever it is asked for its first.
func TestLoadsDoNotAskForThePool(t *testing.T) {
	redis, err := contactstest.StartRedis(t.TempDir())
	contactstest.NeedRedis(t, err)
	t.Cleanup(redis.Kill)
	s := contactstest.On(t, script.Target{URL: "unix://" + redis.Socket})
	s.Start("node1", store.DefaultPolicy())
	s.Put("c", contacts.Rules{})
	asked := func() (n int) {
		t.Helper()
		info, err := s.RDB.Info(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(info, "cmdstat_zrange:")
		_, _ = fmt.Sscanf(after, "calls=%d", &n)
		return n
	}
	rows := make([]contacts.Row, 400)
	for i := range rows {
		id := fmt.Sprintf("c%d", i)
		rows[i] = contacts.Row{ID: contacts.ID(id), Campaign: "c", AccountNumber: id, E164: fmt.Sprintf("+1212555%04d", i), Priority: i % 10}
	}
	for range 2 {
		before := asked()
		s.Imports(rows...)
		if n := asked() - before; n > len(rows)/10 {
			t.Errorf("%d rows asked for the first of their pool %d times", len(rows), n)
		}
	}
	s.Check()
}
