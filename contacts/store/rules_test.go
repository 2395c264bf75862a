package store_test

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/packs"
	"agenthub/contacts/store"
)

const renewed = "the built-in rule pack of an earlier hub is renewed"

// What an earlier hub brought is renewed, once however many nodes come upon it. What
// somebody put or deleted is left alone, and so is what only a newer hub can know.
func TestBuiltInPackIsRenewed(t *testing.T) {
	name, current := packs.BuiltInText()
	old, err := os.ReadFile("../packs/testdata/us-ca-2026-11-28.json")
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(current), `"seen": "20`, `"seen": "21`, 1)
	own := `{"pack":"us-ca-2026","seen":"2026-11-28"}`
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		core, log := observer.New(zap.InfoLevel)
		s.Log, s.BuiltIn = zap.New(core), true
		nodes := []*contactstest.Node{s.Another("node2"), s.Another("node3"), s.Another("node4")}
		key := s.Keys.One("packs")
		brought := func(text string) func() error { // as hubs do that know no marks
			return func() error { return s.RDB.HSetNX(t.Context(), key, name, text).Err() }
		}
		put := func(text string) func() error {
			return func() error { return s.Store.PutPack(t.Context(), name, []byte(text)) }
		}
		restore := func() error { return s.Store.RestorePack(t.Context(), name) }
		for _, tt := range []struct {
			name    string
			given   []func() error
			want    string
			renewed int
		}{
			{"none", nil, string(current), 0},
			{"an earlier hub's", []func() error{brought(string(old))}, string(current), 1},
			{"this hub's", []func() error{brought(string(current))}, string(current), 0},
			{"a newer hub's", []func() error{brought(newer)}, newer, 0},
			{"somebody's own, put with an older hub", []func() error{brought(own)}, own, 0},
			{"somebody's own", []func() error{brought(string(old)), put(own)}, own, 0},
			{"an earlier hub's that somebody put", []func() error{put(string(old))}, string(old), 0},
			{"deleted", []func() error{brought(string(old)), func() error { return s.Store.DeletePack(t.Context(), name) }}, "", 0},
			{"somebody's own, and back", []func() error{put(own), restore}, string(current), 0},
			{"deleted, and back", []func() error{brought(string(old)), func() error { return s.Store.DeletePack(t.Context(), name) }, restore}, string(current), 0},
			{"back, by an earlier hub", []func() error{put(own), restore, func() error { return s.RDB.HSet(t.Context(), key, name, string(old)).Err() }}, string(current), 1},
		} {
			if err := s.RDB.Del(t.Context(), key, s.Keys.One("law")).Err(); err != nil {
				t.Fatal(err)
			}
			for _, step := range tt.given {
				if err := step(); err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
			}
			log.TakeAll()
			var all sync.WaitGroup
			for _, n := range nodes {
				all.Go(func() {
					for range 2 {
						if err := n.Store.KeepLaw(t.Context()); err != nil {
							t.Errorf("%s: %v", tt.name, err)
						}
					}
				})
			}
			all.Wait()
			if got := s.RDB.HGet(t.Context(), key, name).Val(); got != tt.want {
				t.Errorf("%s: the pack is %.80q, want %.80q", tt.name, got, tt.want)
			}
			if got := log.FilterMessage(renewed).Len(); got != tt.renewed {
				t.Errorf("%s: told %d times that it was renewed, want %d", tt.name, got, tt.renewed)
			}
			if got, want := s.RDB.HExists(t.Context(), s.Keys.One("law"), "US-?").Val(), len(tt.want) > len(own); got != want {
				t.Errorf("%s: the scripts have its texts: %v, want %v", tt.name, got, want)
			}
		}
	})
}

// A pack that is put is one pack, to this hub and to one that knows no marks.
func TestPutPackIsOne(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		const own = `{"pack":"own","seen":"2026-11-28"}`
		if err := s.Store.PutPack(t.Context(), "own", []byte(own)); err != nil {
			t.Fatal(err)
		}
		for field, text := range s.RDB.HGetAll(t.Context(), s.Keys.One("packs")).Val() {
			if want := map[string]string{"own": own}[field]; text != want {
				t.Errorf("%s is %q, want %q", field, text, want)
			}
		}
		if all, err := s.Store.Packs(t.Context()); err != nil || len(all) != 1 || all["own"] != own {
			t.Errorf("the packs are %q, %v", all, err)
		}
	})
}

// Which holidays end is said at the start, once a day, and when the packs are others; it
// stands in the notes all the time.
func TestEndingHolidaysAreTold(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		core, log := observer.New(zap.WarnLevel)
		s.Log = zap.New(core)
		s = s.Another("node2")
		was := len(s.Store.Notes()) // of Redis and the zones
		const end = "2027-03-01"
		for _, tt := range []struct {
			name, at, put string
			notes, told   int
		}{
			{"61 days before", "2026-12-30T23:59:00Z", `{"pack":"own","seen":"2026-11-28","holidays":{"NY":["2027-03-01"]}}`, 0, 0},
			{"60 days before", "2026-12-31T00:00:00Z", "", 1, 1},
			{"on the same day", "2026-12-31T23:59:00Z", "", 1, 0},
			{"the day after", "2027-01-01T00:00:00Z", "", 1, 1},
			{"another list", "2027-01-01T00:01:00Z", `{"pack":"own","seen":"2026-11-28","holidays":{"NY":["2027-03-01"],"TX":["2027-02-28"]}}`, 2, 2},
			{"after the end", "2027-05-05T00:00:00Z", "", 2, 2},
			{"without lists", "2027-05-05T00:01:00Z", `{"pack":"own","seen":"2026-11-28"}`, 0, 0},
			{"later dates", "2027-05-05T00:02:00Z", `{"pack":"own","seen":"2026-11-28","holidays":{"NY":["2028-03-01"]}}`, 0, 0},
		} {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			s.At(at)
			if tt.put != "" {
				err = s.Store.PutPack(t.Context(), "own", []byte(tt.put))
			}
			for range 2 {
				if err == nil {
					err = s.Store.KeepLaw(t.Context())
				}
			}
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			notes := s.Store.Notes()[was:]
			if len(notes) != tt.notes || tt.notes > 0 && !strings.Contains(notes[len(notes)-1], end) {
				t.Errorf("%s: notes %q, want %d, the last of %s", tt.name, notes, tt.notes, end)
			}
			if got := log.FilterMessage("holidays end").Len(); got != tt.told {
				t.Errorf("%s: told %d times, want %d", tt.name, got, tt.told)
			}
			log.TakeAll()
		}
		if got, want := gauge(t, s, "agenthub_holidays_end_timestamp_seconds"), 1835481600.0; got != want {
			t.Errorf("the first list ends at %f, want %f", got, want)
		}
	})
}
