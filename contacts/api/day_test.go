package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts/history"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session"
)

// A day of one campaign in fast time, loaded and read over HTTP: morning opens,
// skips, busy retries, a callback at its minute, evening closes.
func TestADay(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		eastern, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		clock := func(at string) {
			t.Helper()
			now, err := time.ParseInLocation("2006-01-02 15:04:05", at, eastern)
			if err != nil {
				t.Fatal(err)
			}
			s.At(now)
			s.Reap()
		}
		api := newTestAPI(t, over(s))
		call := func(method, path, contentType, body, want string) string {
			t.Helper()
			status, got, _ := api.call(t, "campaign", method, path, contentType, body)
			if status >= 300 || !strings.Contains(got, want) {
				t.Fatalf("%s %s: %d %s, want %s", method, path, status, got, want)
			}
			return got
		}
		tell := func(c *session.Claim, h session.Handler, data, want string) {
			t.Helper()
			if _, err := s.Ask(c, h, data); contactstest.Code(err) != want {
				t.Fatalf("%s %s at %s: %v, want %s", c.Agent, data, s.Now.In(eastern), err, want)
			}
		}
		next := func(c *session.Claim, want string) {
			t.Helper()
			if got := s.Next(c); got != want {
				t.Fatalf("%s gets %s at %s, want %s", c.Agent, got, s.Now.In(eastern), want)
			}
		}
		const dial = `{"ContactId":"%s"}`
		outcome := func(c *session.Claim, id string, outcome int) {
			t.Helper()
			tell(c, s.Dial, fmt.Sprintf(dial, id), "ok")
			tell(c, s.SetOutcome, fmt.Sprintf(`{"AccountNumber":%q,"OutcomeId":%d}`, id, outcome), "ok")
		}

		clock("2026-03-02 06:00:00")
		call("PUT", "/campaigns/day", "application/json",
			`{"callFrom":"09:00","callUntil":"20:00","defaultTimeZone":"America/New_York","outcomes":[{"id":101,"label":"Sold","effect":"close"}]}`, "")
		call("POST", "/contacts", "text/csv", `contactId,campaignId,phoneNumber,timeZone,priority
skipped,day,+1 212 555 0101,,0
busy,day,+1 212 555 0102,,1
called-back,day,+1 212 555 0103,,2
sold,day,+1 212 555 0104,,3
no-more,day,+1 212 555 0105,,4
west,day,+1 310 555 0106,America/Los_Angeles,5
late,day,+1 212 555 0107,,6
`, `"accepted":7`)
		a, b := s.SignIn("testagent"), s.SignIn("agent1")

		// Nobody is called before nine, and nobody is looked at again and again.
		next(a, "no_contacts")
		call("GET", "/campaigns", "", "", `"scheduled":7}`)
		clock("2026-03-02 08:59:59")
		next(a, "no_contacts")
		clock("2026-03-02 09:00:00")
		call("GET", "/campaigns", "", "", `"available":6,"scheduled":1}`)

		next(a, "skipped")
		tell(a, s.Skip, `{"ContactId":"skipped","Reason":"bad_time"}`, "ok")
		next(a, "busy")
		outcome(a, "busy", 3)
		next(a, "called-back")
		tell(a, s.Dial, `{}`, "ok")
		tell(a, s.SetPersonalCallback, `{"callid":"1","AccountNumber":"called-back","StartDate":"02/03/2026","StartTime":"15:30","EndDate":"02/03/2026","EndTime":"15:45"}`, "ok")
		next(b, "sold")
		tell(b, s.Dial, `{}`, "ok")
		tell(b, s.SetOutcome, `{"AccountNumber":"sold"}`, "ok") // the disposition follows
		next(b, "no-more")
		tell(b, s.SetDisposition, `{"callid":"2","AccountNumber":"sold","OutcomeId":101}`, "ok")
		outcome(b, "no-more", 5)
		next(b, "late")
		tell(b, s.Skip, `{"ContactId":"late","Reason":"other","Note":"asked for the evening"}`, "ok")
		next(a, "no_contacts")

		// A quarter of an hour later: the skipped one for another agent, the busy one for anybody.
		clock("2026-03-02 09:14:59")
		next(a, "no_contacts")
		clock("2026-03-02 09:15:00")
		next(a, "busy")
		outcome(a, "busy", 3)
		next(b, "skipped")
		outcome(b, "skipped", 0)
		next(a, "late")
		tell(a, s.Skip, `{"ContactId":"late"}`, "ok")

		// Nine in Los Angeles; the third attempt on the busy one is its last today.
		clock("2026-03-02 11:59:59")
		next(a, "busy")
		outcome(a, "busy", 3)
		next(a, "no_contacts")
		clock("2026-03-02 12:00:00")
		next(b, "west")
		outcome(b, "west", 8)

		clock("2026-03-02 15:29:59")
		next(a, "west") // an hour has passed; it is nobody's callback
		clock("2026-03-02 15:30:00")
		tell(a, s.Skip, `{"ContactId":"west"}`, "ok")
		next(b, "no_contacts")
		next(a, "called-back")
		outcome(a, "called-back", 0)

		// Evening: what was reserved at 19:59 is not dialled at 20:00.
		call("POST", "/contacts", "text/csv", "contactId,campaignId,phoneNumber\nevening,day,+1 212 555 0108\n", `"accepted":1`)
		clock("2026-03-02 19:59:00")
		next(a, "evening")
		clock("2026-03-02 20:00:00")
		tell(a, s.Dial, `{"ContactId":"evening"}`, "outside_hours")
		tell(a, s.Skip, `{"ContactId":"evening"}`, "ok")
		next(b, "west") // 17:00 there
		outcome(b, "west", 0)
		next(a, "no_contacts")
		next(b, "no_contacts")

		// And the next morning: opened at nine, the busy one a day after its first attempt.
		clock("2026-03-03 08:59:59")
		next(b, "no_contacts")
		clock("2026-03-03 09:00:00")
		next(b, "evening")
		outcome(b, "evening", 9)
		next(b, "busy")
		outcome(b, "busy", 2)

		var got []string
		for line := range strings.Lines(call("GET", "/outcomes?limit=100", "", "", "")) {
			var r history.Result
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s %s %d", r.ContactID, r.Outcome, r.Attempts))
		}
		want := []string{
			"busy 3 1", "called-back 4 1", "sold  1", "sold 101 1", "no-more 5 1", "busy 3 2", "skipped 0 1", "busy 3 3", "west 8 1",
			"called-back 0 2", "west 0 2", "evening 9 1", "busy 2 4",
		}
		if !slices.Equal(got, want) {
			t.Errorf("results\n%q, want\n%q", got, want)
		}
		call("GET", "/campaigns", "", "", `"closed":7`)
	})
}
