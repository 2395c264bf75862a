package layers_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/layers"
	"agenthub/contacts/store"
)

func TestMain(m *testing.M) { contactstest.Main(m) }

// universe are the numbers there are: two buckets of which a layer may have so many
// that it has them bit by bit, and some elsewhere.
func universe() (all []string) {
	for _, prefix := range []string{"+1212555", "+44207183"} {
		for line := range 700 {
			all = append(all, fmt.Sprintf("%s%04d", prefix, line*13))
		}
	}
	for i := range 20 {
		all = append(all, fmt.Sprintf("+1646%07d", 5_550_000+10_000*i))
	}
	return all
}

// on gives numbers one by one.
func on(numbers []string) layers.Next { return changes(numbers, nil) }

// changes adds some, then takes some off.
func changes(added, deleted []string) layers.Next {
	i := 0
	return func() (string, bool, error) {
		defer func() { i++ }()
		switch {
		case i < len(added):
			return added[i], false, nil
		case i < len(added)+len(deleted):
			return deleted[i-len(added)], true, nil
		}
		return "", false, io.EOF
	}
}

// plain is a layer as anybody would write it down.
type plain struct {
	layers.Layer
	numbers map[string]bool
}

// model is all layers, and what holds of them.
type model struct {
	layers map[string]*plain
	node   *contactstest.Node
}

func (m *model) holds(number, campaign, mode string) (names []string) {
	for name, l := range m.layers {
		now := m.node.Now
		if !l.numbers[number] || l.From.After(now) || !l.Until.IsZero() && !now.Before(l.Until) ||
			len(l.Modes) > 0 && !slices.Contains(l.Modes, mode) {
			continue
		}
		scoped := len(l.Campaigns)+len(l.Groups) == 0 || slices.Contains(l.Campaigns, contacts.CampaignID(campaign)) ||
			campaign == "x" && slices.Contains(l.Groups, "east")
		if scoped {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestLayersAreTheirModel does what loaders do, in any order, and compares every
// answer with plain sets: which layers a number is on, what each counts, and whether
// a contact may be called.
func TestLayersAreTheirModel(t *testing.T) {
	all := universe()
	each := func(kind string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) { testLayers(t, rt, all, contactstest.New(t, kind, store.DefaultPolicy())) })
		}
	}
	t.Run("redis", each("redis"))
	t.Run("embedded", each("embedded"))
}

func testLayers(t *testing.T, rt *rapid.T, all []string, s *contactstest.Node) {
	t.Helper()
	m := model{map[string]*plain{}, s}
	people := map[string]contacts.Row{}
	load := func(id string) {
		row := contacts.Row{
			ID: contacts.ID(id), Campaign: contacts.CampaignID(rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "campaign")), Phone: "+1 212 555 0100",
			E164: rapid.SampledFrom(all).Draw(rt, "number"), Mode: rapid.SampledFrom([]string{"Voice", "SMS"}).Draw(rt, "mode"), AccountNumber: id,
		}
		if got := s.Imports(row); got[0] != contacts.ImportAccepted && got[0] != contacts.ImportUpdated {
			rt.Fatalf("%s: %v", id, got)
		}
		people[id] = row
	}
	some := func(label string) []string {
		if rapid.IntRange(0, 3).Draw(rt, label+" dense") == 0 {
			return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return !strings.HasPrefix(n, "+1212555") })
		}
		return rapid.SliceOfN(rapid.SampledFrom(all), 0, 40).Draw(rt, label)
	}
	for i := range 6 {
		load(fmt.Sprint("p", i)) // some before there is a layer
	}
	s.Command(t, "hset", "camp:x", "group", "east")
	lists := s.Store.Layers()
	rt.Repeat(map[string]func(*rapid.T){
		"load": func(rt *rapid.T) {
			l := plain{layers.Layer{
				Name: rapid.SampledFrom([]string{"federal", "state", "litigators"}).Draw(rt, "name"),
				From: rapid.SampledFrom([]time.Time{{}, s.Now.Add(time.Hour)}).Draw(rt, "from").Truncate(time.Millisecond), Actor: "test",
				Until:     rapid.SampledFrom([]time.Time{{}, s.Now.Add(3 * time.Hour)}).Draw(rt, "until").Truncate(time.Millisecond),
				Campaigns: rapid.SampledFrom([][]contacts.CampaignID{nil, {"x"}, {"y", "z"}}).Draw(rt, "campaigns"),
				Groups:    rapid.SampledFrom([][]string{nil, {"east"}, {"west"}}).Draw(rt, "groups"),
				Modes:     rapid.SampledFrom([][]string{nil, {"SMS"}}).Draw(rt, "modes"),
			}, map[string]bool{}}
			numbers := some("numbers")
			for _, n := range numbers {
				l.numbers[n] = true
			}
			got, err := lists.Load(t.Context(), l.Layer, on(numbers))
			if len(numbers) == 0 {
				if !errors.Is(err, layers.ErrEmpty) {
					rt.Fatalf("a layer of nobody: %v", err)
				}
				return
			}
			if err != nil || got.Count != len(l.numbers) {
				rt.Fatalf("Load: %d, %v, want %d", got.Count, err, len(l.numbers))
			}
			m.layers[l.Name] = &l
		},
		"break off": func(rt *rapid.T) {
			numbers, broken := some("numbers"), errors.New("cut")
			next := on(numbers)
			_, err := lists.Load(t.Context(), layers.Layer{Name: "federal"}, func() (string, bool, error) {
				n, off, err := next()
				if err != nil {
					err = broken
				}
				return n, off, err
			})
			if !errors.Is(err, broken) {
				rt.Fatalf("broken off: %v", err)
			}
		},
		"overtake": func(rt *rapid.T) {
			began := false
			_, err := lists.Load(t.Context(), layers.Layer{Name: "state", Version: "late"}, func() (string, bool, error) {
				if began {
					return "", false, io.EOF
				}
				began = true
				l := plain{layers.Layer{Name: "state"}, map[string]bool{all[3]: true}}
				if _, err := lists.Load(t.Context(), l.Layer, on(all[3:4])); err != nil {
					rt.Fatal(err)
				}
				m.layers["state"] = &l
				return all[5], false, nil
			})
			if !errors.Is(err, layers.ErrSuperseded) {
				rt.Fatalf("overtaken: %v", err)
			}
		},
		"change": func(rt *rapid.T) {
			name, added, deleted := rapid.SampledFrom([]string{"federal", "state"}).Draw(rt, "name"), some("added"), some("deleted")
			got, err := lists.Change(t.Context(), layers.Layer{Name: name, Version: "2"}, changes(added, deleted))
			l := m.layers[name]
			if l == nil {
				if !errors.Is(err, layers.ErrNone) {
					rt.Fatalf("no such layer: %v", err)
				}
				return
			}
			for _, n := range added {
				l.numbers[n] = true
			}
			for _, n := range deleted {
				delete(l.numbers, n)
			}
			if err != nil || got.Count != len(l.numbers) || got.Version != "2" {
				rt.Fatalf("Change: %+v, %v, want %d", got, err, len(l.numbers))
			}
		},
		"delete": func(rt *rapid.T) {
			name := rapid.SampledFrom([]string{"federal", "litigators"}).Draw(rt, "name")
			err := lists.Delete(t.Context(), name)
			if (err == nil) != (m.layers[name] != nil) || err != nil && !errors.Is(err, layers.ErrNone) {
				rt.Fatalf("Delete: %v", err)
			}
			delete(m.layers, name)
		},
		"import": func(rt *rapid.T) { load(fmt.Sprint("p", rapid.IntRange(0, 9).Draw(rt, "who"))) },
		"wait": func(rt *rapid.T) {
			s.After(rapid.SampledFrom([]time.Duration{time.Second, time.Hour, 4 * time.Hour}).Draw(rt, "for"))
			s.Reap()
		},
		"": func(rt *rapid.T) {
			s.Reap()
			for _, n := range append(rapid.SliceOfN(rapid.SampledFrom(all), 3, 3).Draw(rt, "asked"), "+33123456789") {
				var want, got []string
				for name, l := range m.layers {
					if l.numbers[n] {
						want = append(want, name)
					}
				}
				slices.Sort(want)
				found, err := lists.With(t.Context(), n)
				for _, l := range found {
					got = append(got, l.Name)
				}
				if err != nil || !slices.Equal(got, want) {
					rt.Fatalf("%s is on %v, %v, want %v", n, got, err, want)
				}
			}
			for _, id := range slices.Sorted(maps.Keys(people)) {
				row := people[id]
				_, why, err := s.Store.Why(t.Context(), contacts.ID(id))
				holds := m.holds(row.E164, string(row.Campaign), row.Mode)
				if err != nil || (why.Code == contacts.Blocked) != (len(holds) > 0) || len(holds) > 0 && !slices.Contains(holds, why.Rule) {
					rt.Fatalf("%s (%s, %s, %s) is %+v, %v, want %v", id, row.E164, row.Campaign, row.Mode, why, err, holds)
				}
			}
		},
	})
	for name := range m.layers {
		if err := lists.Delete(t.Context(), name); err != nil {
			rt.Fatal(err)
		}
	}
	left, _ := s.Command(t, "hlen", "lists").(int64)
	kept, err := s.RDB.HVals(t.Context(), s.Keys.One("layers")).Result()
	if err != nil || left != 0 || slices.Contains(kept, "dead") || slices.Contains(kept, "loading") {
		rt.Fatalf("without a layer %d buckets are left, and %q, %v", left, kept, err)
	}
	s.Check()
}
