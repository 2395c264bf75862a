package desk_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// A callback that its owner misses reaches review half an hour after its time,
// however often its list is sent again meanwhile.
func TestMissedCallbackReachesReviewThoughItsListComesAgain(t *testing.T) {
	for _, every := range []time.Duration{10 * time.Minute, 29 * time.Minute} {
		t.Run(every.String(), func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				p := newPlayer(s)
				row := "import a campaign=x owner=agent1"
				p.do(row)
				begin := s.Now
				for s.State("a") == contacts.Available {
					p.After(every)
					p.do("reap")
					p.do(row)
					if s.Now.Sub(begin) > time.Hour {
						t.Fatal("after an hour it is still not in review")
					}
				}
				if got := p.do("show a"); got != "review" {
					t.Errorf("a is %s, want review", got)
				}
			})
		})
	}
}

// A list that is sent again says nothing new: in every state a contact is what its
// twin is that nobody loaded again, and so is all that is kept about it.
func TestListSentAgainChangesNothing(t *testing.T) {
	states := map[string]string{
		"available": "", "waits": "import %s campaign=x at=3h", "callback": "import %s campaign=x owner=other",
		"callback to come":     "import %s campaign=x owner=other at=3h",
		"scheduled by a skip":  "next me; skip me",
		"scheduled by a retry": "next me; dial me; outcome me %s code=3",
		"agreed":               "next me; dial me; callback me %s mine at=2h",
		"agreed and due":       "next me; dial me; callback me %s mine at=1m; after 2m; reap",
		"reserved":             "next me", "dialled": "next me; dial me", "wrapup": "next me; dial me; outcome me %s",
		"review": "campaign x limit=1; next me; skip me", "closed": "next me; dial me; outcome me %s code=0",
		"outside its hours": "campaign x hours=16:00-17:00 zone=UTC; next me",
		"missed":            "import %s campaign=x owner=other; after 31m; reap",
		"missed, reopened":  "import %s campaign=x owner=other; after 31m; reap; review %s reopen",
		"tried before":      "import %s campaign=x tried=-1h,-2h; next me; dial me; outcome me %s code=8",
		"expires":           "import %s campaign=x expiry=1h; next me; dial me; outcome me %s code=8",
	}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		t.Run(name, func(t *testing.T) {
			contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
				t.Helper()
				p := newPlayer(s)
				row := "import %s campaign=x"
				if begin, _, _ := strings.Cut(states[name], ";"); strings.HasPrefix(begin, "import") {
					row = begin
				}
				at := s.Now
				again := func(id string) { // the same list: its times are those it had
					text := strings.ReplaceAll(row, "%s", id)
					for _, key := range []string{"at", "expiry"} {
						if l := parseLine(text); l.opts[key] != "" {
							text = strings.Replace(text, key+"="+l.opts[key], key+"="+(l.duration(key)-s.Now.Sub(at)).String(), 1)
						}
					}
					if l := parseLine(text); l.opts["tried"] != "" {
						var all []string
						for _, d := range l.durations("tried") {
							all = append(all, (d - s.Now.Sub(at)).String())
						}
						text = strings.Replace(text, "tried="+l.opts["tried"], "tried="+strings.Join(all, ","), 1)
					}
					p.do(text)
				}
				begin := func(id string) {
					for text := range strings.SplitSeq(row+"; open me; "+states[name], "; ") {
						if text = strings.TrimSpace(strings.ReplaceAll(text, "%s", id)); text != "" {
							p.do(text)
						}
					}
				}
				begin("twin")
				twin := aboutContact(s, "twin")
				for range 3 {
					again("twin")
				}
				if got := aboutContact(s, "twin"); got != twin {
					t.Errorf("loaded again:\n%s\nuntouched:\n%s", got, twin)
				}
				p.After(time.Minute)
				again("twin")
				if got := aboutContact(s, "twin"); got != twin {
					t.Errorf("loaded again a minute later:\n%s\nuntouched:\n%s", got, twin)
				}
			})
		})
	}
}

// aboutContact is all that the store keeps about one contact, in words.
func aboutContact(s *contactstest.Node, id string) string {
	s.T.Helper()
	ctx, rdb := s.T.Context(), s.RDB
	var out []string
	record := rdb.HGetAll(ctx, s.Keys.Contact(contacts.ID(id))).Val()
	for _, field := range slices.Sorted(maps.Keys(record)) {
		if field != "im" && field != "pn" { // sealed anew each time
			out = append(out, fmt.Sprintf("%s=%q", field, record[field]))
		}
	}
	all := rdb.Keys(ctx, strings.NewReplacer("{", `\{`, "}", `\}`).Replace(s.Keys.One(""))+"*").Val()
	for _, key := range slices.Sorted(slices.Values(all)) {
		switch rdb.Type(ctx, key).Val() {
		case "zset":
			if score, err := rdb.ZScore(ctx, key, id).Result(); err == nil {
				out = append(out, fmt.Sprintf("%s %.0f", key, score))
			}
		case "set":
			if rdb.SIsMember(ctx, key, id).Val() {
				out = append(out, key)
			}
		case "string":
			if name := strings.TrimPrefix(key, s.Keys.One("")); strings.HasPrefix(name, "at:") || strings.HasPrefix(name, "ph:") {
				out = append(out, fmt.Sprintf("%s %q", key, rdb.Get(ctx, key).Val()))
			}
		}
	}
	return strings.Join(out, "\n")
}
