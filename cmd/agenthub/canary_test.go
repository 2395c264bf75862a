package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// canaries are marked phone numbers, by their ten digits.
type canaries map[string]bool

const canaryCount = 1000

// shown is the one place where numbers belong: what the holder of a contact sees.
const shown = "contacts shown"

func newCanaries() (c canaries, list []string) {
	c = canaries{}
	for i := range canaryCount {
		digits := fmt.Sprintf("%d%07d", 212+i%7, 5_550_000+i*9973%4_000_000)
		c[digits] = true
		list = append(list, digits)
	}
	return c, list
}

// in counts the canaries in a text, however they are written.
func (c canaries) in(text string) (found []string) {
	digits := make([]byte, 0, len(text))
	flush := func() {
		for i := 0; i+10 <= len(digits); i++ {
			if c[string(digits[i:i+10])] {
				found = append(found, string(digits[i:i+10]))
			}
		}
		digits = digits[:0]
	}
	for i := range len(text) {
		switch b := text[i]; {
		case b >= '0' && b <= '9':
			digits = append(digits, b)
		case !strings.ContainsRune(" -()./+", rune(b)):
			flush()
		}
	}
	flush()
	return found
}

// TestNoNumberEscapes takes 1,000 marked numbers through every route, in every
// place where somebody could write one, and looks for them where no number may be:
// log, metrics, feed, history, refusals, and the store's file.
func TestNoNumberEscapes(t *testing.T) {
	t.Parallel()
	marked, numbers := newCanaries()
	if got := marked.in("x: (212) 555-0000, 2125550000"); len(got) != 2 {
		t.Fatalf("the search finds %d of 2", len(got))
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(testKey), 0o600); err != nil {
		t.Fatal(err)
	}
	redis := startRedis(t)
	n := startNode(t, "--redis", redis.url(), "--phone-key-file", key, "--log-level", "debug")
	var mu sync.Mutex // guards the following
	places := map[string]*strings.Builder{}
	saw := func(place, text string) {
		mu.Lock()
		defer mu.Unlock()
		if places[place] == nil {
			places[place] = &strings.Builder{}
		}
		places[place].WriteString(text + "\n")
	}

	feed := n.signIn(t, boss, envelope.ProtocolV1)
	feed.hello(t)
	feed.send(t, `{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":{}}`)
	saw("feed", feed.next(t))
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case frame := <-feed.in:
				saw("feed", frame)
			case <-feed.gone:
				return
			}
		}
	})

	// Good rows, and rows with the number in every wrong place.
	var rows strings.Builder
	for i, number := range numbers {
		fmt.Fprintf(&rows, `{"contactId":"k%d","campaignId":"k%d","phoneNumber":"+1 %s-%s-%s"}`+"\n", i, i%20, number[:3], number[3:6], number[6:])
		switch i % 6 {
		case 0:
			fmt.Fprintf(&rows, `{"contactId":"b%d","campaignId":"k","phoneNumber":"+1 %s 99999999999"}`+"\n", i, number)
		case 1:
			fmt.Fprintf(&rows, `{"contactId":"b%d","campaignId":"k","phoneNumber":"5550100","priority":"%s"}`+"\n", i, number)
		case 2:
			fmt.Fprintf(&rows, `{"contactId":"b%d","campaignId":"k","phoneNumber":%s,,`+"\n", i, number)
		case 3:
			fmt.Fprintf(&rows, `{"%s":1,"phoneNumber":["%[1]s"]}`+"\n", number)
		case 4:
			fmt.Fprintf(&rows, `{"contactId":"b%d","campaignId":"k","phoneNumber":"5550100","timeZone":"%s","expiryTime":"%[2]s"}`+"\n", i, number)
		case 5:
			fmt.Fprintf(&rows, "%s\n", number)
		}
	}
	status, answer := n.http(t, loader, http.MethodPost, "/api/v1/contacts", rows.String())
	saw("answer of the import", answer)
	if status != http.StatusOK || !strings.Contains(answer, `"accepted":1000`) {
		t.Fatalf("import = %d %.300s", status, answer)
	}

	var crew sync.WaitGroup
	for k := range 20 {
		agent := fmt.Sprintf("agent%d", k)
		desk, _ := n.desk(t, agent, fmt.Sprintf("k%d", k))
		crew.Go(func() {
			if err := canaryDay(t, desk, agent, numbers, k, saw); err != nil {
				t.Errorf("%s: %v", agent, err)
			}
		})
	}
	crew.Wait()

	for _, call := range []struct {
		role               identity.Role
		method, path, body string
	}{
		{"campaign", "PUT", "/dnc", strings.Join(numbers[:200], "\n")},
		{"campaign", "PUT", "/dnc", numbers[0] + "999999999999\n" + numbers[1] + "x\n"},
		{"campaign", "DELETE", "/dnc", numbers[0]},
		{"campaign", "GET", "/contacts/k0", ""},
		{"campaign", "GET", "/contacts/" + numbers[0], ""},
		{"campaign", "DELETE", "/contacts/k999", ""},
		{"campaign", "GET", "/campaigns", ""},
		{"campaign", "GET", "/outcomes", ""},
		{"campaign", "PUT", "/agents/agent1/reservation", `{"contactId":"` + numbers[0] + `"}`},
		{"campaign", "PUT", "/agents/agent1/reservation", `{"contactId":` + numbers[0] + `}`},
		{"campaign", "PUT", "/campaigns/k0", `{"callFrom":"` + numbers[0] + `"}`},
		{"supervisor", "GET", "/reviews?limit=1000", ""},
		{"supervisor", "GET", "/reviews?cursor=" + numbers[0] + "x", ""},
		{"supervisor", "GET", "/skips?limit=1000", ""},
		{"supervisor", "GET", "/skips.csv", ""},
		{"supervisor", "GET", "/skips/stats", ""},
		{"supervisor", "GET", "/skips?since=" + numbers[0], ""},
		{"supervisor", "POST", "/contacts/k1/review", `{"decision":"close","note":"` + numbers[0] + `"}`},
		{"supervisor", "POST", "/contacts/k1/review", `{"decision":"` + numbers[0] + `"}`},
	} {
		_, answer := n.http(t, as(call.role, string(call.role)), call.method, "/api/v1"+call.path, call.body)
		saw("answer of "+call.method+" "+strings.Split(call.path, "?")[0], answer)
	}
	status, metrics := get(t, n.admin+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("metrics = %d", status)
	}
	saw("metrics", metrics)
	_ = feed.conn.CloseNow()
	watch.Wait()
	n.signal(t, os.Interrupt)
	n.exit(t)
	saw("log", n.err.String()+n.out.String())
	redis.do("SHUTDOWN")
	redis.exit(t)
	files, err := filepath.Glob(redis.dir + "/appendonlydir/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("the store's files: %d, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		saw("the store's file", string(content))
	}
	if found := marked.in(places[shown].String()); len(found) != canaryCount {
		t.Errorf("the agents were shown %d numbers, want all %d, or the search finds nothing", len(found), canaryCount)
	}
	delete(places, shown)
	for place, text := range places {
		if found := marked.in(text.String()); len(found) > 0 {
			t.Errorf("%s: %d numbers, such as %s", place, len(found), found[0])
		}
	}
	if text := places["feed"].String(); !strings.Contains(text, `"phone":"0000"`) {
		t.Errorf("the feed shows no last four digits: %.500s", text)
	}
}

// canaryDay works off one agent's contacts and writes their numbers wherever a
// client can write something.
func canaryDay(t *testing.T, desk *client, agent string, numbers []string, k int, saw func(place, text string)) error {
	t.Helper()
	ask := func(subtopic, data string) response {
		got := desk.ask(t, subtopic, data)
		place := "answers"
		if got.ContactID != "" {
			place = shown
		}
		saw(place, got.raw)
		return got
	}
	key := `"UserID":"` + agent + `"`
	for i := k; i < len(numbers); i += 20 {
		number := numbers[i]
		held := ask("GetContactOD", `{`+key+`}`)
		if !held.ok() {
			return fmt.Errorf("contact %d: %s", i, held.raw)
		}
		spoken := number[:3] + " " + number[3:6] + "." + number[6:]
		switch i / 20 % 5 {
		case 0:
			ask("SkipNonPEWCContact", `{`+key+`,"ContactId":"`+held.ContactID+`","Reason":"`+number+`","Note":"call +1 `+spoken+` or (`+number[:3]+`) `+number[3:6]+`-`+number[6:]+`"}`)
		case 1:
			ask("SetNonPEWCContactOutcome", `{`+key+`,"AccountNumber":"`+held.AccountNumber+`","PhoneNumber":"`+number+`","OutcomeId":"0"}`)
		case 2:
			ask("SkipManualDialContact", `{`+key+`,"AccountNumber":"`+held.AccountNumber+`","PhoneNumber":"`+number+`","OutcomeId":5}`)
		case 3:
			ask("SkipNonPEWCContact", `{`+key+`,"ContactId":"`+number+`"}`)
			ask("SkipNonPEWCContact", `{`+key+`,"ContactId":"`+held.ContactID+`","`+number+`":"`+number+`"}`)
		case 4:
			ask("SetCallOutcomeWithComments", `{`+key+`,"AccountNumber":"`+held.AccountNumber+`","OutcomeId":0,"AgentComments":"`+spoken+`"}`)
			ask("SetNonPEWCContactOutcome", `{`+key+`,"AccountNumber":"`+held.AccountNumber+`","OutcomeId":0}`)
		}
		// What is refused must not be quoted.
		for _, frame := range []string{
			`{"channel":"LCM","topic":"WebService","subtopic":"` + number + `","data":{}}`,
			`{"channel":"LCM","topic":"WebService","subtopic":"GetContactOD","data":{"UserID":"` + number + `"}}`,
			`{"channel":"LCM","topic":"WebService","subtopic":"GetContactOD","data":` + number + `}`,
			`{"channel":"LCM","topic":"` + number + `","subtopic":"GetContactOD","data":{` + key + `}}`,
			`{"channel":"LCM" ` + number,
		}[i/20%5:][:1] {
			desk.send(t, frame)
			saw("refusals", desk.next(t))
		}
	}
	if held := ask("GetReservedContactOD", `{`+key+`}`); held.ok() {
		return fmt.Errorf("still holds %s", held.ContactID)
	}
	return nil
}
