package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// calm keeps alerts, which are events too, out of tests that count.
func calm(redis *redisServer, more ...string) []string {
	return append([]string{"--redis", redis.url(), "--alert-least", "1000", "--alert-row", "1000", "--alert-burst", "1000"}, more...)
}

// skips lets an agent reserve and skip so many contacts: two events each.
func (c *client) skips(t *testing.T, agent string, count int) {
	t.Helper()
	for range count {
		data := `{"UserID":"` + agent + `"}`
		if got := c.ask(t, "GetContactOD", data); !got.ok() {
			t.Fatalf("reserve: %s", got.raw)
		}
		if got := c.ask(t, "SkipNonPEWCContact", data); !got.ok() {
			t.Fatalf("skip: %s", got.raw)
		}
	}
}

// told waits until the supervisor has so many events and gaps, and returns them
// as it was told: the seq of an event, the cause of a gap.
func (l *listener) told(t *testing.T, events, gaps int) (seqs []int64, causes []string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s has %d events and %d gaps", l.name, events, gaps), func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.events) >= events && len(l.gaps) >= gaps
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		seqs = append(seqs, e.Seq)
	}
	return seqs, slices.Clone(l.gaps)
}

func seqs(from, to int64) (all []int64) {
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

// TestLostHistoryIsOneGap kills Redis, which comes back with an older copy of
// everything, as a replica does that was promoted with its link cut. Who listens
// on either node, and who comes back later, is told once, and goes on.
func TestLostHistoryIsOneGap(t *testing.T) {
	t.Parallel()
	redis := newRedis(t, "--appendonly", "no")
	redis.start()
	a, b := startNode(t, calm(redis)...), startNode(t, calm(redis)...)
	a.load(t, "c", 100)
	agent, _ := a.desk(t, "agent1")
	here, there := newListener(t, "here", "", a).start(t), newListener(t, "there", "", b).start(t)
	agent.skips(t, "agent1", 5)
	if got := redis.do("SAVE"); got != "OK" {
		t.Fatalf("SAVE: %s", got)
	}
	agent.skips(t, "agent1", 5)
	here.told(t, 20, 0)
	there.told(t, 20, 0)
	here.mu.Lock()
	last := here.events[19].ID
	here.mu.Unlock()

	redis.kill(t)
	redis.start()
	for _, n := range []*node{a, b} {
		eventually(t, "ready again", func() bool { return n.ready() == http.StatusOK })
	}
	for _, l := range []*listener{here, there} { // before anything new happens
		if _, causes := l.told(t, 20, 1); !slices.Equal(causes, []string{"rolled_back"}) {
			t.Errorf("%s was told of gaps %v, want one", l.name, causes)
		}
	}
	desk, _ := a.desk(t, "agent2")
	desk.skips(t, "agent2", 3)
	want := append(seqs(1, 20), seqs(11, 16)...)
	for _, l := range []*listener{here, there} {
		got, causes := l.told(t, 26, 1)
		if !slices.Equal(got, want) || len(causes) != 1 || l.sockets != 1 {
			t.Errorf("%s: events %v, gaps %v on %d sockets, want %v and one gap", l.name, got, causes, l.sockets, want)
		}
	}

	late := b.signIn(t, as(identity.RoleSupervisor, "late"), envelope.ProtocolV1)
	late.hello(t)
	late.send(t, subscribeTo(fmt.Sprintf(`"since":%q,"seq":20`, last), ""))
	if got := late.next(t); !strings.Contains(got, `"recovered":false`) {
		t.Errorf("who comes back is answered %s", got)
	}
	gap := late.next(t)
	if !strings.Contains(gap, `"Gap"`) || !strings.Contains(gap, "rolled_back") {
		t.Errorf("who comes back is told %s, want a gap", gap)
	}
	for seq := int64(11); seq <= 16; seq++ {
		if got := late.next(t); !strings.Contains(got, fmt.Sprintf(`"seq":%d,`, seq)) {
			t.Fatalf("after the gap came %s, want event %d", got, seq)
		}
	}
	_, to, _ := strings.Cut(gap, `"to":"`)
	to, _, _ = strings.Cut(to, `"`)
	again := a.signIn(t, as(identity.RoleSupervisor, "late"), envelope.ProtocolV1)
	again.hello(t)
	again.send(t, subscribeTo(`"since":"`+to+`"`, ""))
	if got := again.next(t); !strings.Contains(got, `"recovered":true`) {
		t.Errorf("going on where the gap ended is answered %s", got)
	}
	if got := again.next(t); !strings.Contains(got, `"seq":11,`) {
		t.Errorf("where the gap ended comes %s, want event 11", got)
	}
}

// TestDeadFeedTurnsReadinessRed takes the right to follow from the hub while
// everything else works: agents do, and so must not be all that is looked at.
func TestDeadFeedTurnsReadinessRed(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	n := startNode(t, calm(redis)...)
	n.load(t, "c", 20)
	agent, _ := n.desk(t, "agent1")
	screen := newListener(t, "screen", "", n).start(t)
	agent.skips(t, "agent1", 1)
	screen.told(t, 2, 0)

	redis.do("ACL SETUSER default -xread")
	began := time.Now()
	eventually(t, "readiness is red", func() bool { return n.ready() == http.StatusServiceUnavailable })
	promised(t, "readiness is red", time.Since(began), 25*time.Second)
	_, said := get(t, n.url+"/readyz")
	t.Logf("red after %s: %s", time.Since(began).Truncate(time.Millisecond), said)
	if !strings.Contains(said, "the live feed is dead") {
		t.Errorf("/readyz says %q, want the reason", said)
	}
	agent.skips(t, "agent1", 2)

	redis.do("ACL SETUSER default +xread")
	eventually(t, "readiness is green again", func() bool { return n.ready() == http.StatusOK })
	if got, causes := screen.told(t, 6, 0); !slices.Equal(got, seqs(1, 6)) || len(causes) > 0 {
		t.Errorf("the supervisor has events %v and gaps %v, want 1 to 6", got, causes)
	}
}

// TestWatchFilters restarts the hub under a watch with a filter: it prints what
// it is asked for, JSON when nobody looks, and comes back by itself.
func TestWatchFilters(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	n := startNode(t, calm(redis)...)
	n.load(t, "c", 20)
	n.load(t, "other", 20)
	skips := watching(t, n, "--type", "skip", "--campaign", "c", "--since", "0")
	nobody := watching(t, n, "--agent", "nobody", "--since", "0")
	agent, _ := n.desk(t, "agent1", "c")
	agent.skips(t, "agent1", 3)
	agent, _ = n.desk(t, "agent2", "other")
	agent.skips(t, "agent2", 2)
	eventually(t, "the first skips are shown", func() bool { return skips.printed() == 3 })
	eventually(t, "both are connected", func() bool { return n.metric(t, `agenthub_connections{role="supervisor"}`) == 2 })
	n.kill(t)
	n.restart(t)
	agent, _ = n.desk(t, "agent3", "c")
	agent.skips(t, "agent3", 2)
	eventually(t, "the later skips are shown", func() bool { return skips.printed() >= 5 })
	var got []int64
	for _, e := range skips.lines(t) {
		if e.Type != "skip" {
			t.Errorf("watch --type skip shows %+v", e)
		}
		got = append(got, e.Seq)
	}
	if want := []int64{2, 4, 6, 12, 14}; !slices.Equal(got, want) {
		t.Errorf("watch shows %v, want %v", got, want)
	}
	if !strings.Contains(skips.err.String(), "trying again") {
		t.Errorf("watch says %q, want that it tries again", skips.err.String())
	}
	for _, p := range []*process{skips, nobody} {
		p.signal(t, syscall.SIGTERM)
		if code := p.exit(t); code != 0 {
			t.Errorf("watch ended with %d: %s", code, p.err.String())
		}
	}
	if nobody.printed() != 0 {
		t.Errorf("watch --agent nobody shows %s", nobody.out.String())
	}
}

// TestFeedRefusesClearly sends what a feed must not take. Nobody else notices.
func TestFeedRefusesClearly(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	n := startNode(t, calm(redis)...)
	n.load(t, "c", 50)
	witness := newListener(t, "witness", "", n).start(t)
	agent, _ := n.desk(t, "agent1")
	agent.skips(t, "agent1", 2)
	witness.told(t, 4, 0)

	asks := n.signIn(t, as(identity.RoleSupervisor, "asks"), envelope.ProtocolV1)
	asks.hello(t)
	frame := func(data string) string {
		return `{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":` + data + `}`
	}
	for _, data := range []string{
		`{"since":"abc"}`, `{"since":"-1"}`, `{"since":""}`, `{"since":"1-2-3"}`, `{"since":{}}`, `{"since":"99999999999999999999999-0"}`,
		`{"since":"0","seq":"x"}`, `{"since":"0","seq":-1}`, `{"since":"0","seq":1.5}`,
		`{"filter":{"phone":"x"}}`, `{"filter":[]}`, `{"filter":"skip"}`, `{"filter":{"type":{}}}`, `{"filter":{"type":"skipped"}}`, `[]`,
	} {
		asks.send(t, frame(data))
		if got := asks.next(t); !strings.Contains(got, `"subtopic":"Subscribed"`) || !strings.Contains(got, `"code":"invalid_message"`) {
			t.Errorf("%s is answered %s, want invalid_message", data, got)
		}
	}
	agent.skips(t, "agent1", 1)
	asks.quiet(t) // no refused subscription has begun
	asks.send(t, frame(`{"since":"9999999999999-0"}`))
	if got := asks.next(t); !strings.Contains(got, `"recovered":false`) {
		t.Errorf("an id of the future is answered %s", got)
	}
	if got := asks.next(t); !strings.Contains(got, `"Gap"`) {
		t.Errorf("an id of the future is followed by %s, want a gap", got)
	}
	agent.send(t, frame(`{"since":"0"}`))
	if got := agent.next(t); !strings.Contains(got, `"code":"not_allowed"`) {
		t.Errorf("an agent that subscribes is answered %s", got)
	}

	// A supervisor of another campaign has asked for this one.
	narrow := n.signIn(t, as(identity.RoleSupervisor, "narrow", "other"), envelope.ProtocolV1)
	narrow.hello(t)
	narrow.send(t, frame(`{"since":"0","filter":{"campaign":"c"}}`))
	if got := narrow.next(t); !strings.Contains(got, `"recovered":true`) {
		t.Errorf("a supervisor of another campaign is answered %s", got)
	}
	narrow.quiet(t)

	for _, query := range []string{
		"from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from=yesterday", "type=nonsense", "cursor=abc", "limit=0", "limit=-5", "limit=1000000",
	} {
		status, body := n.http(t, boss, http.MethodGet, "/api/v1/skips?"+query, "")
		if status < 400 || status >= 500 || !strings.Contains(body, `"detail"`) {
			t.Errorf("GET /skips?%s = %d %s, want a problem", query, status, body)
		}
	}
	for _, path := range []string{"/api/v1/skips", "/api/v1/skips.csv", "/api/v1/skips/stats"} {
		if status, _ := n.http(t, as(identity.RoleAgent, "agent1"), http.MethodGet, path, ""); status != http.StatusForbidden {
			t.Errorf("an agent that asks for %s is answered %d", path, status)
		}
	}
	agent.skips(t, "agent1", 2)
	if got, causes := witness.told(t, 10, 0); !slices.Equal(got, seqs(1, 10)) || len(causes) > 0 || witness.sockets != 1 {
		t.Errorf("the witness has events %v, gaps %v, %d sockets", got, causes, witness.sockets)
	}
}

// TestCSVClientThatStopsReadingHoldsNobodyUp leaves a long answer unread: agents,
// supervisors and the end of the hub go on.
func TestCSVClientThatStopsReadingHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	redis := startRedis(t)
	n := startNode(t, calm(redis, "--drain", "3s")...)
	n.load(t, "c", 20)
	agent, _ := n.desk(t, "agent1")
	agent.skips(t, "agent1", 1)
	// 60,000 more events: some 6 MB, more than the buffers on the way.
	script := `local e = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2] ` +
		`for i = 1, 5000 do redis.call('XADD', KEYS[1], '*', 's', redis.call('INCR', KEYS[2]), 'e', e[4]) end return 'done'`
	for range 12 {
		if got := redis.do(`EVAL "` + script + `" 2 ah:{default}:ev ah:{default}:seq`); got != "done" {
			t.Fatalf("more events: %q", got)
		}
	}
	address, err := url.Parse(n.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/v1/skips.csv HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", address.Host, token(t, boss))
	head := make([]byte, 4096)
	if k, err := conn.Read(head); err != nil || !strings.HasPrefix(string(head[:k]), "HTTP/1.1 200 ") {
		t.Fatalf("GET /skips.csv: %s, %v", head[:k], err)
	}

	screen := newListener(t, "screen", "reserve", n).start(t)
	agent.skips(t, "agent1", 5)
	screen.told(t, 6, 0)
	told := time.Now()
	n.signal(t, syscall.SIGTERM)
	if code := n.exit(t); code != 0 {
		t.Errorf("the hub ended with %d\n%s", code, tailOf(n.err.String()))
	}
	promised(t, "the end", time.Since(told), 10*time.Second)
}
