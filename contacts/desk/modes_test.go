package desk_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// A mode is the same in any letter case, wherever it stands: in a pack, in a list, and
// with a contact that an older hub loaded.
func TestModesInAnyLetterCase(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		s.At(inNewYork(t, "2026-12-04T12:00"))
		s.ReadClocks()
		s.Put("x", contacts.Rules{Hours: &contacts.Hours{Always: true}})
		pack := `{"pack":"own","seen":"2026-12-04","rules":[{"id":"ny-home","region":"NY","from":"15:00","until":"16:00","modes":["HOME","Móvil"],"source":"a test"}]}`
		if err := s.Store.PutPack(t.Context(), "own", []byte(pack)); err != nil {
			t.Fatal(err)
		}
		n := 0
		ask := func(mode, whereabouts string, forbidden bool) {
			t.Helper()
			n++
			id := contacts.ID(strconv.Itoa(n))
			s.Imports(contacts.Row{ID: id, Campaign: "x", AccountNumber: string(id), E164: "+1212" + strconv.Itoa(5550100+n), Mode: mode})
			if whereabouts != "" {
				s.Command(t, "HSET", "c:"+string(id), "wh", whereabouts)
			}
			_, err := s.Store.Assign(t.Context(), identity.AgentID("for-"+id), id, "", time.Hour, "campaign1")
			taken, refused := errors.AsType[*contacts.TakenError](err)
			if refused != forbidden || refused && taken.Rule != "ny-home" {
				t.Errorf("%q %q: %v, want it forbidden: %v", mode, whereabouts, err, forbidden)
			}
		}
		for mode, forbidden := range map[string]bool{"HOME": true, "home": true, "Home": true, "MÓVIL": true, "móvil": true, "Work": false, "": false} {
			ask(mode, "", forbidden)
		}
		ask("", "US-NY;America/New_York;HoMe", true)

		// Texts that an older hub wrote of the same packs are written anew.
		law := s.Keys.One("law")
		s.RDB.Rename(t.Context(), law, s.Keys.One("newer"))
		s.RDB.HSet(t.Context(), law, "=packs", "0123456789abcdef", "=day", "2026-12-04")
		if err := s.Store.KeepLaw(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.Command(t, "HEXISTS", "law", "US-NY/home") != int64(1) {
			t.Error("the texts of an older hub stay")
		}
		if err := s.RDB.Del(t.Context(), s.Keys.One("newer")).Err(); err != nil {
			t.Fatal(err)
		}
		ask("Home", "", true)
	})
}
