package desk_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/layers"
	"agenthub/contacts/store"
	"agenthub/session/envelope"
)

// layer puts a do-not-call layer, "layer federal numbers=+1…,+1… until=2h campaigns=x",
// or takes it away: "layer federal gone".
func (p *player) layer(l line) string {
	if l.first() == "gone" {
		return word(p.Store.Layers().Delete(p.T.Context(), l.who))
	}
	numbers := strings.Split(l.opts["numbers"], ",")
	layer := layers.Layer{Name: l.who, From: l.time("from", p.Now), Until: l.time("until", p.Now)}
	if l.opts["campaigns"] != "" {
		layer.Campaigns = []contacts.CampaignID{contacts.CampaignID(l.opts["campaigns"])}
	}
	got, err := p.Store.Layers().Load(p.T.Context(), layer, func() (string, bool, error) {
		if len(numbers) == 0 {
			return "", false, io.EOF
		}
		n := numbers[0]
		numbers = numbers[1:]
		return n, false, nil
	})
	return fmt.Sprint(got.Count, " ", word(err))
}

// A number on somebody else's list is not called, and lost to nobody: what waits for
// it comes back when the list lets it.
func TestLayersHoldBack(t *testing.T) {
	for name, scenario := range map[string]string{
		"loaded before the layer": `
			import a campaign=x phone=+12125550101
			import b campaign=x phone=+12125550102
			layer federal numbers=+12125550101,+12125550109 -> 2 ok
			open agent1
			next agent1 -> b
			outcome agent1 b code=0
			next agent1 -> no_contacts
			show a -> scheduled
			assign agent1 a -> the contact cannot be reserved now: scheduled
			layer federal gone -> ok
			reap
			next agent1 -> a`,
		"loaded after it": `
			layer federal numbers=+12125550101 until=2h -> 1 ok
			import a campaign=x phone=+12125550101 -> accepted
			import a campaign=x phone=+12125550101 -> updated
			show a -> scheduled
			open agent1
			next agent1 -> no_contacts
			import a campaign=x phone=+12125550102 -> updated
			next agent1 -> a
			takeback agent1
			import a campaign=x phone=+12125550101 -> updated
			next agent1 -> no_contacts
			after 2h
			reap
			next agent1 -> a`,
		"while it is held": `
			import a campaign=x phone=+12125550101
			open agent1
			next agent1 -> a
			layer federal numbers=+12125550101 -> 1 ok
			dial agent1 -> blocked
			show a -> reserved agent1
			skip agent1 -> ok
			next agent1 -> no_contacts
			layer federal numbers=+12125550109 -> 1 ok
			after 25h
			reap
			next agent1 -> a
			dial agent1 -> ok
			outcome agent1 a code=0 -> ok`,
		"for one campaign": `
			layer federal numbers=+12125550101 campaigns=x -> 1 ok
			import a campaign=x phone=+12125550101
			import b campaign=y phone=+12125550101
			open agent1
			next agent1 -> b
			show a -> scheduled`,
		"a callback of its owner": `
			layer federal numbers=+12125550101 until=3h -> 1 ok
			import a campaign=x phone=+12125550101 owner=agent1
			open agent1
			next agent1 -> no_contacts
			after 3h
			reap
			next agent1 -> a`,
	} {
		t.Run(name, func(t *testing.T) { play(t, store.DefaultPolicy(), scenario) })
	}
}

// What an agent is told of it names the layer, and until when if somebody knows.
func TestRefusalNamesTheLayer(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("import a campaign=x phone=+12125550101")
		c := s.SignIn("agent1")
		if got := s.Next(c); got != "a" {
			t.Fatalf("next = %s", got)
		}
		for put, want := range map[string]string{
			"layer federal numbers=+12125550101 until=2h": "blocked federal 2026-03-02T17:00:00Z",
			"layer federal numbers=+12125550101":          "blocked federal ",
		} {
			p.do(put)
			_, err := s.Ask(c, s.Dial, `{"ContactId":"a"}`)
			if got := refusalOf(err); got != want {
				t.Errorf("%s: %q, want %q", put, got, want)
			}
		}
		p.do("block +12125550101")
		_, err := s.Ask(c, s.Dial, `{"ContactId":"a"}`)
		if got := refusalOf(err); got != "contact_not_found  " { // closed and told of already
			t.Errorf("own: %q", got)
		}
		counts, err := s.Read.Campaigns(t.Context())
		if err != nil || len(counts) != 1 || counts[0].Counts[contacts.Closed] != 1 {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

func refusalOf(err error) string {
	e := envelope.AsError(err)
	return fmt.Sprintf("%s %s %s", e.Code, e.Layer, e.OpensAt)
}

// A layer for a group lets go of the contacts of a campaign that leaves it.
func TestLayerOfAGroup(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		s.Put("x", contacts.Rules{Group: "east"})
		p.do("import a campaign=x phone=+12125550101")
		given := false
		_, err := s.Store.Layers().Load(t.Context(), layers.Layer{Name: "eastern", Groups: []string{"east"}}, func() (string, bool, error) {
			if given {
				return "", false, io.EOF
			}
			given = true
			return "+12125550101", false, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p.do("open agent1")
		expect(t, p, "next agent1", "no_contacts")
		s.Put("x", contacts.Rules{})
		p.do("reap")
		expect(t, p, "next agent1", "a")
	})
}

// One number that cannot be opened stops no layer for the others.
func TestLayerBesideANumberThatCannotBeOpened(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		p := newPlayer(s)
		p.do("import a campaign=x phone=+12125550101")
		p.do("import b campaign=x phone=+12125550102")
		s.Command(t, "hset", "c:a", "pn", "g.other.AAAA")
		expect(t, p, "layer federal numbers=+12125550102", "1 ok")
		if _, why, err := s.Store.Why(t.Context(), "b"); err != nil || why.Rule != "federal" {
			t.Errorf("%v, %v", why, err)
		}
	})
}
