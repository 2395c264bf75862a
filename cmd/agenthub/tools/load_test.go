package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts"
	"agenthub/contacts/lists"
	"agenthub/contacts/zones"
	"agenthub/session/identity"
)

// data are the zones of the program, opened once.
var data = sync.OnceValue(func() *zones.Current { //nolint:gochecknoglobals // what never changes
	data, err := zones.Watch(zones.Options{System: "none"})
	if err != nil {
		panic(err) // it is part of the program
	}
	return data
})

// fakeHub loads parts as a hub does, into a map.
type fakeHub struct {
	fail func(n int, body []byte) (status int, lost bool) // the nth request; lost: it is done, and its answer does not arrive

	mu       sync.Mutex
	asked    int
	largest  int
	contacts map[contacts.ID]bool
	answers  map[string]lists.Loaded
}

func (f *fakeHub) Import(_ context.Context, rows []contacts.Row, _ []string) ([]contacts.ImportResult, error) {
	results := make([]contacts.ImportResult, len(rows))
	for i, row := range rows {
		results[i] = contacts.ImportUpdated
		switch {
		case strings.HasPrefix(string(row.ID), "closed"):
			results[i] = contacts.ImportClosed
		case !f.contacts[row.ID]:
			f.contacts[row.ID], results[i] = true, contacts.ImportAccepted
		}
	}
	return results, nil
}

func (f *fakeHub) NearCampaign(context.Context, contacts.CampaignID, []string) (contacts.CampaignID, error) {
	return "", nil
}

func (f *fakeHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	status, lost := f.fail(f.asked, body)
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	f.largest = max(f.largest, len(body))
	key := r.URL.Query().Get("upload") + " " + r.URL.Query().Get("part")
	done, again := f.answers[key]
	if !again {
		rows, err := lists.NewRowReader(bytes.NewReader(body), lists.Options{Format: lists.CSV, Region: "US", Zones: data().Data(), Tell: lists.RejectedAll})
		if err == nil {
			done, err = lists.Load(r.Context(), rows, f, f, identity.Identity{})
		}
		if err != nil {
			panic(err)
		}
		f.answers[key] = done
	}
	if lost {
		panic(http.ErrAbortHandler)
	}
	_ = json.NewEncoder(w).Encode(done)
}

// run loads a file and gives what was said.
func (f *fakeHub) run(t *testing.T, load Load) (out, said string, err error) {
	t.Helper()
	f.contacts, f.answers = map[contacts.ID]bool{}, map[string]lists.Loaded{}
	server := httptest.NewServer(f)
	defer server.Close()
	server.Config.ErrorLog = nil
	return loadTo(t, server.URL, load)
}

func loadTo(t *testing.T, at string, load Load) (out, said string, err error) {
	t.Helper()
	t.Setenv("AGENTHUB_TOKEN", "token")
	load.URL, load.Format = at, "auto"
	var files [2]*os.File
	for i := range files {
		var err error
		if files[i], err = os.Create(filepath.Join(t.TempDir(), "said")); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = files[i].Close() }()
	}
	err = load.Run(t.Context(), command.Streams{In: strings.NewReader(""), Out: files[0], Err: files[1]})
	var texts [2]string
	for i, file := range files {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return texts[0], texts[1], err
}

// manyRows is a file of n contacts, of which every hundredth is refused.
func manyRows(t *testing.T, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("Lead ID;Phone;First Name;Last Name;Campaign\r\n")
	for i := range n {
		phone := fmt.Sprintf("(212) 555-%04d", i%10000)
		if i%100 == 50 {
			phone = "12"
		}
		fmt.Fprintf(&text, "%s%d;%s;\"Ann\nMarie\";Doe;spring\r\n", strings.Repeat("c", 1+i%3*20), i, phone)
	}
	file := filepath.Join(t.TempDir(), "many.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLoadGoesUpInParts(t *testing.T) {
	const rows = 12_500
	const want = "12375 accepted, 0 updated, 125 rejected\n"
	for name, fail := range map[string]func(n int, body []byte) (int, bool){
		"nothing fails": func(int, []byte) (int, bool) { return 0, false },
		"a proxy lets 100 kB through": func(_ int, body []byte) (int, bool) {
			if len(body) > 100_000 {
				return http.StatusRequestEntityTooLarge, false
			}
			return 0, false
		},
		"the first answer is lost": func(n int, _ []byte) (int, bool) { return 0, n == 1 },
		"an answer is lost":        func(n int, _ []byte) (int, bool) { return 0, n == 2 },
		"a busy hub": func(n int, _ []byte) (int, bool) {
			if n == 2 {
				return http.StatusServiceUnavailable, false
			}
			return 0, false
		},
	} {
		hub := &fakeHub{fail: fail}
		rejects := filepath.Join(t.TempDir(), "rejects")
		out, said, err := hub.run(t, Load{File: manyRows(t, rows), Rejects: rejects})
		if !errors.Is(err, command.ErrSaid) || out != want {
			t.Errorf("%s: %q, %v, %s", name, out, err, said)
		}
		if hub.largest > partBytes+1000 || len(hub.contacts) != 12_375 {
			t.Errorf("%s: a part had %d bytes, %d contacts are there", name, hub.largest, len(hub.contacts))
		}
		if !strings.Contains(said, "125 rows: phoneNumber: has too few digits for a number (lines 102, 302, 502, 702, 902, …)\n") {
			t.Errorf("%s: %s", name, said)
		}
		text, err := os.ReadFile(rejects)
		if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); err != nil || len(lines) != 125 || lines[1] != "302\tphoneNumber: has too few digits for a number" {
			t.Errorf("%s: rejects %.200s, %v", name, text, err)
		}
	}
}

// An upload that breaks off is gone on with: what was answered before is counted once.
func TestLoadIsResumed(t *testing.T) {
	hub := &fakeHub{contacts: map[contacts.ID]bool{}, answers: map[string]lists.Loaded{}}
	server := httptest.NewServer(hub)
	defer server.Close()
	file := manyRows(t, 12_500)
	hub.fail = func(n int, _ []byte) (int, bool) {
		if n > 1 {
			return http.StatusForbidden, false
		}
		return 0, false
	}
	_, _, err := loadTo(t, server.URL, Load{File: file})
	_, id, told := strings.Cut(fmt.Sprint(err), "--resume ")
	if !told || !strings.Contains(err.Error(), "9900 accepted, 0 updated, 100 rejected until then") {
		t.Fatalf("says %v", err)
	}
	id, _, _ = strings.Cut(id, " ")
	hub.fail = func(int, []byte) (int, bool) { return 0, false }
	out, said, err := loadTo(t, server.URL, Load{File: file, Resume: id})
	if out != "12375 accepted, 0 updated, 125 rejected\n" {
		t.Errorf("%q, %v, %s", out, err, said)
	}
}

// Contacts that are closed already are told by one line, however many.
func TestManyOfOneReasonAreOneLine(t *testing.T) {
	var text strings.Builder
	text.WriteString("contactId,campaignId,phoneNumber\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "closed%d,spring,212555%04d\n", i, i)
	}
	text.WriteString("bad,spring,12\n")
	file := filepath.Join(t.TempDir(), "closed.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	hub := &fakeHub{fail: func(int, []byte) (int, bool) { return 0, false }}
	out, said, err := hub.run(t, Load{File: file})
	const want = "3000 rows: contactId: is closed; an import does not open it again (lines 2, 3, 4, 5, 6, …)\nline 3002: phoneNumber: has too few digits for a number\n"
	if out != "0 accepted, 0 updated, 3001 rejected\n" || said != want || !errors.Is(err, command.ErrSaid) {
		t.Errorf("%q, %q, %v", out, said, err)
	}
}
