package main

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"agenthub/session/identity"
)

// TestTranscripts plays testdata/*.txt against a running hub, on a real Redis and
// on the embedded store. The files are the wire contract as it is spoken:
//
//	load {…}                      import one contact
//	http METHOD PATH ROLE [BODY]  call the API as that role; it must succeed
//	open NAME SUBJECT PROTOCOL    sign in, PROTOCOL is agenthub.v1, lcm.v1 or none;
//	                              after it [supervisor] and campaigns, if not all
//	NAME> {…}                     send a text frame
//	NAME< {…}                     the next frame, byte for byte; ‹any› stands for what
//	                              changes inside a string, ‹json› for any value,
//	                              ‹time› for an RFC 3339 time in UTC;
//	                              ‹next year› is a year, sent as well as expected
//	NAME=                         nothing more arrives
//	NAME! CODE                    the hub closes the socket with that code
//	NAME^                         the client goes away
//
// «x×n» in a sent frame is x n times, and «hex:…» is those bytes; NAME>binary
// sends a binary frame. A # begins a comment.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for _, store := range []string{"redis", "embedded"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			var args []string
			if store == "embedded" {
				args = []string{"--redis", "embedded"}
			}
			n := startNode(t, args...)
			for _, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
					play(t, n, file)
				})
			}
		})
	}
}

// player plays one file.
type player struct {
	node    *node
	sockets map[string]*client
}

func play(t *testing.T, n *node, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{n, map[string]*client{}}
	nextYear := strconv.Itoa(time.Now().Year() + 1)
	for i, line := range strings.Split(strings.ReplaceAll(string(text), "‹next year›", nextYear), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if err := p.line(t, line); err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
	}
	for name, c := range p.sockets {
		select {
		case <-c.gone:
		default:
			c.quiet(t)
			if t.Failed() {
				t.Fatalf("%s: at the end, for %s", file, name)
			}
			_ = c.conn.CloseNow()
		}
	}
}

var lineForm = regexp.MustCompile(`^(\w+)(>binary|[><=!^]|) ?(.*)$`)

func (p *player) line(t *testing.T, line string) error {
	t.Helper()
	m := lineForm.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("no command: %s", line)
	}
	word, verb, rest := m[1], m[2], m[3]
	if verb == "" {
		return p.setUp(t, word, rest)
	}
	c := p.sockets[word]
	if c == nil {
		return fmt.Errorf("%s is not open", word)
	}
	switch verb {
	case ">":
		c.send(t, unfold(rest))
	case ">binary":
		return c.conn.Write(t.Context(), websocket.MessageBinary, []byte(rest))
	case "<":
		return compare(c.next(t), rest)
	case "=":
		c.quiet(t)
	case "!":
		if code, _ := strconv.Atoi(rest); c.end(t) != code {
			return fmt.Errorf("closed with %d %s, want %s", c.code, c.why, rest)
		}
		if len(c.in) > 0 {
			return fmt.Errorf("before the close came %s", <-c.in)
		}
	case "^":
		return c.conn.CloseNow()
	}
	return nil
}

func (p *player) setUp(t *testing.T, word, rest string) error {
	t.Helper()
	switch word {
	case "load":
		var loaded struct{ Accepted, Updated int }
		p.node.call(t, loader, http.MethodPost, "/api/v1/contacts", rest, &loaded)
		if loaded.Accepted+loaded.Updated != 1 {
			return fmt.Errorf("not accepted: %s", rest)
		}
	case "http":
		method, rest, _ := strings.Cut(rest, " ")
		path, rest, _ := strings.Cut(rest, " ")
		role, body, _ := strings.Cut(rest, " ")
		p.node.call(t, as(identity.Role(role), role), method, path, body, nil)
	case "open":
		words := strings.Fields(rest)
		if len(words) < 3 {
			return fmt.Errorf("open: %s", rest)
		}
		name, id, protocols := words[0], as(identity.RoleAgent, words[1]), words[2:3]
		for _, word := range words[3:] {
			if word == "supervisor" {
				id.Role = identity.RoleSupervisor
			} else {
				id.Campaigns = append(id.Campaigns, word)
			}
		}
		if protocols[0] == "none" {
			protocols = nil
		}
		p.sockets[name] = p.node.signIn(t, id, protocols...)
		if got := p.sockets[name].conn.Subprotocol(); got != strings.Join(protocols, "") {
			return fmt.Errorf("subprotocol = %q, want %q", got, protocols)
		}
	default:
		return fmt.Errorf("no command: %s", word)
	}
	return nil
}

var folded = regexp.MustCompile(`«(hex:[0-9a-f]+|.+?×\d+)»`)

// unfold writes out what a file says in short.
func unfold(frame string) string {
	return folded.ReplaceAllStringFunc(frame, func(s string) string {
		s = strings.TrimSuffix(strings.TrimPrefix(s, "«"), "»")
		if digits, ok := strings.CutPrefix(s, "hex:"); ok {
			raw, _ := hex.DecodeString(digits)
			return string(raw)
		}
		what, times, _ := strings.Cut(s, "×")
		n, _ := strconv.Atoi(times)
		return strings.Repeat(what, n)
	})
}

// compare reports how a frame differs from what a file says.
func compare(got, want string) error {
	pattern := regexp.QuoteMeta(want)
	pattern = strings.NewReplacer("‹any›", `[^"]*`, "‹json›", ".*", "‹time›", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z`).Replace(pattern)
	if !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
		return fmt.Errorf("\n got %s\nwant %s", got, want)
	}
	return nil
}

// TestDemo is what a newcomer does first: nothing configured, the published
// sample sent as testagent.
func TestDemo(t *testing.T) {
	t.Parallel()
	listen := freeAddress(t)
	url := "http://" + listen
	p := startProcess(t, hubCommand(t, nil, "--listen", listen, "--admin-listen", ""))
	n := &node{process: p, url: url}
	n.awaitReady(t)
	eventually(t, "the banner", func() bool { return strings.Contains(p.out.String(), "agenthub send") })

	send := func(want string) {
		t.Helper()
		frame := `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent"}}`
		tool := startProcess(t, hubCommand(t, nil, "send", "--url", url, "--sub", "testagent", frame))
		if code := tool.exit(t); code != 0 {
			t.Fatalf("send ended with %d: %s", code, tool.err.String())
		}
		if got := strings.TrimSpace(tool.out.String()); got != want {
			t.Errorf("answer = %s, want %s", got, want)
		}
	}
	send(`{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","message":{"response":{"success":true}}}`)
	send(`{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContactResult","message":{"response":{"success":false,"msg":"Contact not found","code":"contact_not_found"}}}`)
	p.signal(t, os.Interrupt)
	if code := p.exit(t); code != 0 {
		t.Errorf("exit code = %d, want 0: %s", code, p.err.String())
	}
}
