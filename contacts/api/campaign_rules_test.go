package api_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/lists"
	"agenthub/contacts/store"
	"agenthub/session/identity"
)

// Every field of a campaign can be changed alone.
func TestEveryRuleCanBeChangedAlone(t *testing.T) {
	whole := contacts.Rules{}
	for field := range reflect.TypeFor[contacts.Rules]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if _, bad := whole.Merge(map[string]any{name: nil}); bad != nil {
			t.Errorf("%s: %v", name, bad)
		}
	}
	if _, bad := whole.Merge(map[string]any{"callfrom": "08:00"}); bad == nil {
		t.Error("a field in another letter case is taken")
	}
	if _, bad := whole.Merge(map[string]any{"skipLimit": "five"}); bad == nil || bad[0].Field != "skipLimit" {
		t.Errorf("a field of another form: %v", bad)
	}
}

func TestCampaignsAreChangedByFieldAndVersion(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		const path = "/campaigns/spring"
		ask := func(method, path, body, ifMatch string, want int) (etag, answer string) {
			t.Helper()
			a.ifMatch = ifMatch
			status, answer, header := a.call(t, "campaign", method, path, "application/json", body)
			if status != want {
				t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, status, answer, want)
			}
			return header.Get("ETag"), answer
		}
		ask(http.MethodPatch, path, `{"state":"paused"}`, "", http.StatusNotFound) // nobody made it
		first, _ := ask(http.MethodPut, path, `{"callFrom":"09:00","callUntil":"18:00","defaultTimeZone":"America/Chicago",
			"skipReasons":[{"id":"own","label":"Own"}],"outcomes":[{"id":5,"label":"No more","effect":"block"}]}`, "", http.StatusNoContent)
		_, before := ask(http.MethodGet, path, "", "", http.StatusOK)

		// Paused and running again: nothing else has changed.
		ask(http.MethodPut, path+"/state", `{"state":"paused"}`, "", http.StatusNoContent)
		ask(http.MethodPut, path+"/state", `{"state":"draft"}`, "", http.StatusUnprocessableEntity)
		now, _ := ask(http.MethodPut, path+"/state", `{"state":"running"}`, "", http.StatusNoContent)
		etag, after := ask(http.MethodGet, path, "", "", http.StatusOK)
		if strings.Replace(after, `"state":"running",`, "", 1) != before || etag != now || etag == first {
			t.Fatalf("after a pause %s %s, before %s %s", etag, after, first, before)
		}

		// Who knows an old version changes nothing.
		for _, call := range [][2]string{{http.MethodPut, `{"skipLimit":9}`}, {http.MethodPatch, `{"skipLimit":9}`}} {
			if _, said := ask(call[0], path, call[1], first, http.StatusPreconditionFailed); !strings.Contains(said, "changed the campaign meanwhile") {
				t.Errorf("%s says %s", call[0], said)
			}
			ask(call[0], path, call[1], "W/"+etag, http.StatusPreconditionFailed)
		}
		if same, _ := ask(http.MethodGet, path, "", "", http.StatusOK); same != etag {
			t.Fatalf("a refused change made %s of %s", same, etag)
		}
		etag, _ = ask(http.MethodPatch, path, `{"skipLimit":9,"callFrom":null}`, first+", "+etag, http.StatusNoContent)
		rules, _, err := s.Read.CampaignVersion(t.Context(), "spring")
		if err == nil && (rules.SkipLimit != 9 || rules.CallUntil != "18:00" || len(rules.SkipReasons) != 1) || err != nil {
			t.Fatalf("%+v, %v", rules, err)
		}
		ask(http.MethodPatch, path, `{"callfrom":"08:00"}`, etag, http.StatusUnprocessableEntity)

		// No limit at all stays none, whatever is changed later.
		ask(http.MethodPatch, path, `{"attempts":[]}`, "", http.StatusNoContent)
		ask(http.MethodPut, path+"/state", `{"state":"paused"}`, "", http.StatusNoContent)
		if rules, _, err = s.Read.CampaignVersion(t.Context(), "spring"); err != nil || len(rules.Pace()) != 0 || rules.Limits == nil {
			t.Errorf("limits %+v, %v", rules.Pace(), err)
		}

		// One that lists made keeps the zones that decide when it is paused.
		s.Stock("listed", 1)
		ask(http.MethodPut, "/campaigns/listed/state", `{"state":"paused"}`, "", http.StatusNoContent)
		if rules, _, err = s.Read.CampaignVersion(t.Context(), "listed"); err != nil || rules.ZoneFrom != contacts.ZoneStrictest {
			t.Errorf("paused, zones are %q, %v", rules.ZoneFrom, err)
		}
	})
}

// A mistyped campaign is refused with the name that was meant, or held as a draft.
func TestCampaignsAreMadeNotTyped(t *testing.T) {
	for _, kind := range []string{"redis", "embedded"} {
		for _, unmade := range []store.Unmade{store.UnmadeRefused, store.UnmadeDraft, store.UnmadeTaken} {
			t.Run(kind+" "+string(unmade), func(t *testing.T) {
				t.Parallel()
				s := contactstest.New(t, kind, store.DefaultPolicy())
				s.Unmade = unmade
				s.Start("node2", store.DefaultPolicy())
				ctx := t.Context()
				s.Put("spring", contacts.Rules{})
				load := func(campaign string, by identity.Identity) lists.Loaded {
					t.Helper()
					rows, err := lists.NewRowReader(strings.NewReader("contactId,campaignId,phoneNumber\nc-"+campaign+","+campaign+",+1 212 555 0123\n"), lists.Options{Format: lists.CSV, Region: "US", Zones: s.Zones.Data()})
					if err != nil {
						t.Fatal(err)
					}
					done, err := lists.Load(ctx, rows, s.Store, s.Read, by)
					if err != nil {
						t.Fatal(err)
					}
					return done
				}
				if done := load("spring", identity.Identity{}); done.Accepted != 1 {
					t.Fatalf("a campaign that was made: %+v", done)
				}
				if unmade == store.UnmadeRefused {
					for campaign, want := range map[string]string{
						"sprign":            "campaignId: unknown campaign; did you mean spring?",
						"something":         "campaignId: unknown campaign; make it first, by PUT /campaigns/{id}",
						"+1 212 555 0123 x": "campaignId: unknown campaign; make it first, by PUT /campaigns/{id}",
					} {
						if done := load(campaign, identity.Identity{}); done.RejectedTotal != 1 || done.Rejected[0].Err != want {
							t.Errorf("%s: %+v", campaign, done)
						}
					}
					if done := load("sprign", identity.Identity{Campaigns: []string{"sprign"}}); strings.Contains(done.Rejected[0].Err, "spring") {
						t.Errorf("somebody else's campaign is named: %+v", done)
					}
					return
				}
				if done := load("autumn", identity.Identity{}); done.Accepted != 1 {
					t.Fatalf("taken: %+v", done)
				}
				want := map[store.Unmade]string{store.UnmadeDraft: contacts.CampaignDraft, store.UnmadeTaken: contacts.CampaignRunning}[unmade]
				all, err := s.Read.Campaigns(ctx)
				if err != nil || len(all) != 2 || all[0].State != want || all[0].Counts[contacts.Available] != 1 {
					t.Fatalf("%+v, %v", all, err)
				}
				if unmade != store.UnmadeDraft {
					return
				}
				a := s.SignIn("testagent")
				a.Campaigns = []string{"autumn"}
				if got := s.Next(a); got != "no_contacts" {
					t.Fatalf("of a draft comes %s", got)
				}
				status, _, _ := newTestAPI(t, over(s)).call(t, "campaign", http.MethodPut, "/campaigns/autumn/state", "application/json", `{"state":"running"}`)
				rules, err := s.Read.Campaign(ctx, "autumn")
				if status != http.StatusNoContent || err != nil || rules.CallFrom != "08:00" {
					t.Fatalf("a draft that runs: %d %+v, %v", status, rules, err)
				}
				s.Put("autumn", contacts.Rules{})
				if got := s.Next(a); got != "c-autumn" {
					t.Fatalf("of a campaign that was put comes %s", got)
				}
				s.Check()
			})
		}
	}
}

// Hours are a table, always, or the short form, and one goes where another is set.
func TestHoursOfACampaign(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		s.Put("old", contacts.Rules{CallFrom: "09:00", CallUntil: "18:00"})
		for _, tt := range []struct {
			method, path, body string
			status             int
			want               string // in the rules, or in the refusal
		}{
			{"PUT", "new", `{}`, 204, `{"callFrom":"08:00","callUntil":"21:00","zoneFrom":"strictest"}`},
			{"PATCH", "new", `{"hours":{"mon-fri":"09:00-18:00"},"holidays":"closed"}`, 204, `{"hours":{"mon-fri":"09:00-18:00"},"holidays":"closed","zoneFrom":"strictest"}`},
			{"PATCH", "new", `{"hours":"always","holidays":null}`, 204, `{"hours":"always","zoneFrom":"strictest"}`},
			{"PATCH", "new", `{"skipLimit":3}`, 204, `{"hours":"always","zoneFrom":"strictest","skipLimit":3}`},
			{"PATCH", "new", `{"callFrom":"10:00","callUntil":"12:00","skipLimit":null}`, 204, `{"callFrom":"10:00","callUntil":"12:00","zoneFrom":"strictest"}`},
			{"PATCH", "new", `{"hours":{"sat":"10:00-14:00"}}`, 204, `{"hours":{"sat":"10:00-14:00"},"zoneFrom":"strictest"}`},
			{"PATCH", "new", `{"hours":null,"zoneFrom":"given"}`, 204, `{"callFrom":"08:00","callUntil":"21:00","zoneFrom":"given"}`},
			{"PUT", "new", `{"hours":"always"}`, 204, `{"hours":"always","zoneFrom":"given"}`},
			{"PUT", "old", `{"hours":"always"}`, 204, `{"hours":"always","zoneFrom":"given"}`}, // from before the field
			{"PUT", "new", `{"hours":"always","callFrom":"08:00","callUntil":"21:00"}`, 422, "goes without callFrom and callUntil"},
			{"PUT", "new", `{"hours":"never"}`, 422, "hours"},
			{"PUT", "new", `{"hours":{"mon-fri":"18:00-09:00","tue":"09:00-10:00"}}`, 422, "is not before"},
			{"PUT", "new", `{"hours":{"mon-fri":"08:00-09:00","tue":"09:00-10:00"}}`, 422, "a day stands in another line too"},
			{"PUT", "new", `{"hours":{"weekdays":"08:00-09:00"}}`, 422, "no day of the week"},
			{"PUT", "new", `{"hours":{}}`, 422, "closed for ever"},
			{"PUT", "new", `{"holidays":"maybe"}`, 422, "neither open nor closed"},
			{"PUT", "new", `{"zoneFrom":"guess"}`, 422, "none of given, number, strictest"},
		} {
			status, said, _ := a.call(t, "campaign", tt.method, "/campaigns/"+tt.path, "application/json", tt.body)
			if status == http.StatusNoContent {
				_, said, _ = a.call(t, "campaign", "GET", "/campaigns/"+tt.path, "", "")
				said = strings.TrimSpace(said)
			}
			if status != tt.status || !strings.Contains(said, tt.want) {
				t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, status, said, tt.status, tt.want)
			}
		}
	})
}

// A rule pack is put whole, holds for all campaigns, and goes again.
func TestRulePacksOverHTTP(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		const pack = `{"pack":"own","seen":"2026-11-28","rules":[{"id":"ny-noon","region":"NY","from":"12:00","until":"13:00","source":"a test"}]}`
		s.Put("spring", contacts.Rules{Hours: &contacts.Hours{Always: true}})
		s.Imports(contacts.Row{ID: "c1", Campaign: "spring", AccountNumber: "c1", E164: "+12125550123"}) // it is ten in New York
		for _, tt := range []struct {
			method, path, body string
			status             int
			want               string
		}{
			{"GET", "/rules", "", 200, `{"packs":[]}`},
			{"PUT", "/rules/own", pack, 204, ""},
			{"GET", "/rules", "", 200, pack},
			{"PUT", "/agents/anna/reservation", `{"contactId":"c1"}`, 409, "outside_hours until 2026-03-02T17:00:00Z, by the rule ny-noon"},
			{"PUT", "/rules/own", strings.Replace(pack, "12:00", "noon", 1), 422, "body.rules[0].from"},
			{"PUT", "/rules/own", strings.Replace(pack, "source", "origin", 1), 422, "there is no such field"},
			{"PUT", "/rules/other", pack, 422, "is not the name in the path"},
			{"PUT", "/rules/own", `{"pack":`, 422, "body.pack"},
			{"DELETE", "/rules/none", "", 404, "no such rule pack"},
			{"PUT", "/rules/own", strings.Replace(pack, "{", `{"holidays":{"NY":["9999-12-31"]},`, 1), 204, ""},
			{"GET", "/rules", "", 200, `"a test"}]}]}`}, // and no notes
			{"PUT", "/rules/own", strings.Replace(pack, "{", `{"holidays":{"NY":["2026-01-01"]},`, 1), 204, ""},
			{"GET", "/rules", "", 200, `"a test"}]}],"notes":["holidays of US-NY end with 2026-01-01 in rule pack own,`},
			{"DELETE", "/rules/own", "", 204, ""},
			{"GET", "/rules", "", 200, `{"packs":[]}`},
		} {
			status, said, _ := a.call(t, "campaign", tt.method, tt.path, "application/json", tt.body)
			if status != tt.status || !strings.Contains(said, tt.want) {
				t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.path, status, said, tt.status, tt.want)
			}
		}
		s.Reap()
		if status, said, _ := a.call(t, "campaign", "PUT", "/agents/anna/reservation", "application/json", `{"contactId":"c1"}`); status >= 300 {
			t.Errorf("without the pack: %d %s", status, said)
		}
		if status, _, _ := a.call(t, "supervisor", "PUT", "/rules/own", "application/json", pack); status != http.StatusForbidden {
			t.Errorf("a supervisor puts a pack: %d", status)
		}
	})
}
