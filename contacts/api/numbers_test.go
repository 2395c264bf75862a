package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/lists"
	"agenthub/contacts/store"
)

// However a number that is on the list is spelled, and with whatever prefix, its contact
// is not taken, and what could be read as two numbers is refused.
func TestNoSpellingSlipsPastTheList(t *testing.T) {
	text, err := os.ReadFile("testdata/numbers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		a := newTestAPI(t, over(s))
		listed := "+12125550303\n+442071838750\n+441625551212\n+525512345678\n"
		if status, said, _ := a.call(t, "campaign", http.MethodPut, "/dnc", "text/plain", listed); status >= 300 || !strings.Contains(said, `"changed":4`) {
			t.Fatalf("the list: %d %s", status, said)
		}
		rows := 0
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if strings.HasPrefix(line, "#") || len(f) != 3 {
				continue
			}
			rows++
			body, err := json.Marshal(map[string]string{"contactId": "c1", "campaignId": "c", "prefix": f[0], "phoneNumber": f[1]})
			if err != nil {
				t.Fatal(err)
			}
			_, said, _ := a.call(t, "campaign", http.MethodPost, "/contacts", "application/x-ndjson", string(body)+"\n")
			var done lists.Loaded
			if err := json.Unmarshal([]byte(said), &done); err != nil || len(done.Rejected) != 1 {
				t.Errorf("%q %q: %s, %v", f[0], f[1], said, err)
				continue
			}
			want := "is on the do-not-call list"
			if words, refused := strings.CutPrefix(f[2], "refused: "); refused {
				want = words
			} else if f[2] != "blocked" {
				t.Fatalf("%q wants %q", f[1], f[2])
			}
			if got := done.Rejected[0].Err; !strings.HasPrefix(got, "phoneNumber: ") || !strings.Contains(got, want) {
				t.Errorf("%q %q: %s, want %s", f[0], f[1], got, want)
			}
		}
		if rows != 26 {
			t.Errorf("%d rows, want 26", rows)
		}
	})
}
