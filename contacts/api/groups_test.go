package api_test

import (
	"net/http"
	"strings"
	"testing"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/store"
)

// A campaign belongs to a group, which its list can be asked for; scripts read it in key form.
func TestCampaignsHaveAGroup(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		for _, tt := range []struct {
			method, path, body string
			status             int
			want               string
		}{
			{"PUT", "/campaigns/spring", `{"group":"north: a+b","hours":"always"}`, 204, ""},
			{"PUT", "/campaigns/summer", `{"group":"south","hours":"always"}`, 204, ""},
			{"PUT", "/campaigns/autumn", `{"hours":"always"}`, 204, ""},
			{"GET", "/campaigns/spring", "", 200, `{"group":"north: a+b","hours":"always","zoneFrom":"strictest"}`},
			{"GET", "/campaigns?group=north:%20a%2Bb", "", 200, `{"campaigns":[{"campaignId":"spring","state":"running","group":"north: a+b","counts":{},"why":{}}]}`},
			{"GET", "/campaigns?group=nobody", "", 200, `{"campaigns":[]}`},
			{"PATCH", "/campaigns/autumn", `{"group":"south"}`, 204, ""},
			{"PUT", "/campaigns/summer/state", `{"state":"paused"}`, 204, ""},
			{
				"GET", "/campaigns?group=south", "", 200,
				`{"campaigns":[{"campaignId":"autumn","state":"running","group":"south","counts":{},"why":{}},` +
					`{"campaignId":"summer","state":"paused","group":"south","counts":{},"why":{}}]}`,
			},
			{"PATCH", "/campaigns/summer", `{"group":null}`, 204, ""},
			{"GET", "/campaigns/summer", "", 200, `{"state":"paused","hours":"always","zoneFrom":"strictest"}`},
			{"PATCH", "/campaigns/summer", `{"group":"a\nb"}`, 422, "body.group"},
			{"PUT", "/campaigns/summer", `{"group":"` + strings.Repeat("g", 129) + `"}`, 422, "body.group"},
			{"PUT", "/campaigns/summer", `{"group":7}`, 422, "body.group"},
		} {
			status, said, _ := a.call(t, "campaign", tt.method, tt.path, "application/json", tt.body)
			if said = strings.TrimSpace(said); status != tt.status || status == http.StatusOK && said != tt.want || !strings.Contains(said, tt.want) {
				t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, status, said, tt.status, tt.want)
			}
		}
		if got := s.Command(t, "HGET", "camp:spring", "group"); got != "north%3A a+b" {
			t.Errorf("for scripts it is %q", got)
		}
	})
}
