package api_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agenthub/contacts"
	httpapi "agenthub/contacts/api"
	"agenthub/contacts/history"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/keys"
	"agenthub/contacts/store"
	"agenthub/session"
)

// fill appends n events of many agents, as the scripts write them; ids are a
// millisecond apart and end now.
func fill(s *contactstest.Node, n int) {
	s.T.Helper()
	const text = `local seq = tonumber(redis.call('GET', KEYS[2]) or '0')
for i = 1, tonumber(ARGV[2]) do
  seq = seq + 1
  local kind = ({'reserve', 'skip', 'reserve', 'dial', 'outcome'})[seq % 5 + 1]
  redis.call('XADD', KEYS[1], tostring(tonumber(ARGV[1]) + i) .. '-0', 's', seq, 'e', table.concat({kind, 'agent' .. seq % 1000, 'agent' .. seq % 1000,
    'camp' .. seq % 7, 'c' .. seq, '0123', kind == 'skip' and 'bad_time' or kind == 'outcome' and '3' or '', kind == 'skip' and '=1+1' or '', '1700000000000.n', '1', 'node1', '1'}, '\31'))
end
redis.call('SET', KEYS[2], seq)
return 'ok'`
	const chunk = 100 // one call must be through within its limit, on a busy machine too
	from := time.Now().UnixMilli() - int64(n)
	for done := 0; done < n; done += chunk {
		m := min(chunk, n-done)
		keys := []string{s.Keys.One("ev"), s.Keys.One("seq")}
		if err := s.RDB.Eval(s.T.Context(), text, keys, fmt.Sprint(from+int64(done)), m).Err(); err != nil {
			s.T.Fatal(err)
		}
	}
}

// peak runs a download and returns how many lines it had and by how much the
// heap in use grew at most.
func peak(b *testing.B, api *testAPI, path string) (lines, bytes int, grown uint64) {
	b.Helper()
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, api.http.URL+httpapi.Prefix+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer supervisor")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	page := make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(res.Body, page)
		bytes += n
		lines += strings.Count(string(page[:n]), "\n")
		runtime.ReadMemStats(&now)
		grown = max(grown, now.HeapInuse-min(before.HeapInuse, now.HeapInuse))
		if err != nil {
			return lines, bytes, grown
		}
	}
}

// BenchmarkHistoryOfAMillion measures the CSV and the figures over a million
// events: time, and the heap at its highest.
func BenchmarkHistoryOfAMillion(b *testing.B) {
	s := contactstest.New(b, "redis", store.DefaultPolicy())
	fill(s, 1_000_000)
	api := newTestAPI(b, over(s))
	for _, path := range []string{"/skips.csv", "/skips/stats", "/skips?limit=1000&agent=nobody", "/skips.csv?reason=bad_time&campaign=camp3"} {
		b.Run(strings.NewReplacer("/", "_", "?", "_").Replace(path), func(b *testing.B) {
			for b.Loop() {
				lines, bytes, grown := peak(b, api, path)
				b.ReportMetric(float64(lines), "lines")
				b.ReportMetric(float64(bytes)/(1<<20), "MB")
				b.ReportMetric(float64(grown)/(1<<20), "MB-heap")
			}
		})
	}
}

// A poller that goes on from the cursor, whatever the size of its pages and
// however many write meanwhile, has every result once and in order.
func TestOutcomesLoseAndDoubleNothing(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		const agents, each = 4, 25
		for a := range agents {
			s.Stock("camp"+strconv.Itoa(a), each)
		}
		var works sync.WaitGroup
		var busy atomic.Int32
		for a := range agents {
			campaign := "camp" + strconv.Itoa(a)
			c := s.SignIn("agent"+strconv.Itoa(a), func(c *session.Claim) { c.Campaigns = []string{campaign} })
			busy.Add(1)
			works.Go(func() {
				defer busy.Add(-1)
				for i := range each {
					id := campaign + "-" + strconv.Itoa(i+1)
					_, err := s.Ask(c, s.GetContact, "")
					if err == nil && i%5 == 0 {
						_, err = s.Ask(c, s.SkipAndClose, `{"AccountNumber":"`+id+`","OutcomeId":9}`)
					} else if err == nil {
						_, err = s.Ask(c, s.SetOutcome, `{"AccountNumber":"`+id+`","OutcomeId":0}`)
					}
					if err != nil {
						t.Errorf("%s: %v", id, err)
						return
					}
				}
			})
		}
		seen := map[string]int{}
		last, cursor := int64(0), ""
		for size := 1; ; size = size%7 + 1 {
			idle := busy.Load() == 0
			results, next, done, err := s.Past.Outcomes(t.Context(), cursor, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Seq <= last {
					t.Fatalf("seq %d after %d", r.Seq, last)
				}
				last = r.Seq
				seen[r.ContactID+" "+r.Outcome]++
				if attempts := map[bool]int{true: 0, false: 1}[r.Type == "skip_close"]; r.Attempts != attempts {
					t.Errorf("%s %s after %d attempts, want %d", r.Type, r.ContactID, r.Attempts, attempts)
				}
			}
			if cursor = next; done && idle {
				break
			}
		}
		works.Wait()
		for a := range agents {
			for i := range each {
				key := "camp" + strconv.Itoa(a) + "-" + strconv.Itoa(i+1) + map[bool]string{true: " 9", false: " 0"}[i%5 == 0]
				if seen[key] != 1 {
					t.Errorf("%s was told %d times", key, seen[key])
				}
			}
		}
		if len(seen) != agents*each {
			t.Errorf("%d results, want %d", len(seen), agents*each)
		}
	})
}

// What a poller can no longer have is said, never passed over.
func TestOutcomesTellLostHistory(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		fill(s, 20) // every fifth is an outcome
		results, cursor, _, err := s.Past.Outcomes(t.Context(), "", 2)
		if err != nil || len(results) != 2 {
			t.Fatal(results, err)
		}
		_, end, done, err := s.Past.Outcomes(t.Context(), cursor, 100)
		if err != nil || !done {
			t.Fatal(done, err)
		}
		ask := func(cursor string) string {
			t.Helper()
			results, next, done, err := s.Past.Outcomes(t.Context(), cursor, 100)
			if err != nil {
				return err.Error()
			}
			return fmt.Sprintf("%d results, done %v, goes on %v", len(results), done, next != cursor)
		}
		want := func(cursor, want string) {
			t.Helper()
			if got := ask(cursor); got != want {
				t.Errorf("from %s: %s, want %s", cursor, got, want)
			}
		}
		want(end, "0 results, done true, goes on false")
		want("0", "4 results, done true, goes on true")
		for _, bad := range []string{"abc", "-1", history.LastID.String(), history.LastID.String() + ".20", "1-0.", "1-0.x", "1-0.-2", "1-0-0", "+", "-", "(1-0"} {
			want(bad, contacts.ErrCursor.Error())
		}
		_, seq, _ := strings.Cut(cursor, ".")
		middle := keys.Int(seq)
		s.Command(t, "xtrim", "ev", "maxlen", 20-middle)
		want(cursor, "2 results, done true, goes on true") // its own event is gone, none after it
		s.Command(t, "xtrim", "ev", "maxlen", 20-middle-1)
		want(cursor, contacts.ErrGone.Error())
		s.Command(t, "xtrim", "ev", "maxlen", 0)
		want(end, "0 results, done true, goes on false")
		want(cursor, contacts.ErrGone.Error())
		s.Command(t, "set", "seq", 15) // a primary that lost the last five
		want(end, contacts.ErrGone.Error())
		s.Broken = true
	})
}

// Pages of history fit together without a hole or a double, however rare what
// the filter lets through.
func TestHistoryPages(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		fill(s, 30_000) // more than one page may look through
		for _, tt := range []struct {
			filter contacts.Filter
			limit  int
			want   int
		}{
			{contacts.Filter{}, 1000, 30_000},
			{contacts.Filter{Type: "skip"}, 999, 6000},
			{contacts.Filter{Agent: "agent999"}, 7, 30},
			{contacts.Filter{Agent: "nobody"}, 100, 0},
			{contacts.Filter{Campaigns: []string{"camp1", "camp2"}, Type: "outcome", Reason: "3"}, 1000, 1714},
		} {
			last, n, cursor := int64(30_001), 0, ""
			for pages := 0; ; pages++ {
				events, next, err := s.Past.History(t.Context(), tt.filter, time.Time{}, time.Time{}, cursor, tt.limit)
				if err != nil || pages > 31 {
					t.Fatalf("%+v: page %d, %v", tt.filter, pages, err)
				}
				for _, e := range events {
					if e.Seq >= last || !tt.filter.Match(&e) {
						t.Fatalf("%+v: %+v after seq %d", tt.filter, e, last)
					}
					last = e.Seq
				}
				n += len(events)
				if cursor = next; next == "" {
					break
				}
			}
			if n != tt.want {
				t.Errorf("%+v: %d events, want %d", tt.filter, n, tt.want)
			}
		}
	})
}

// A cursor at an end of all ids is none of ours, and no reason to try again.
func TestCursorsAtTheEndsAreRefused(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		fill(s, 3)
		api := newTestAPI(t, over(s))
		for _, c := range []struct {
			token, path string
			status      int
		}{
			{"supervisor", "/skips?cursor=0-0", 422},
			{"supervisor", "/skips?cursor=0", 422},
			{"supervisor", "/skips?cursor=0-1", 200},
			{"supervisor", "/skips?cursor=" + history.LastID.String(), 200},
			{"campaign", "/outcomes?cursor=0-0", 200},
			{"campaign", "/outcomes?cursor=" + history.LastID.String(), 422},
			{"campaign", "/outcomes?cursor=" + history.LastID.String() + ".3", 422},
			{"campaign", "/outcomes?cursor=" + history.LastID.Before().String(), 200},
		} {
			status, got, _ := api.call(t, c.token, "GET", c.path, "", "")
			if status != c.status || status == 422 && !strings.Contains(got, "query.cursor") {
				t.Errorf("%s: %d %s, want %d", c.path, status, got, c.status)
			}
		}
	})
}
