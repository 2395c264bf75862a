package hub

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agenthub/session/envelope"
)

// The hub's messages about a session, byte for byte as testdata/messages.txt has
// them; ‹any› is what changes inside a string, ‹json› any value.
func TestMessagesAreTheSamples(t *testing.T) {
	file, err := os.ReadFile("testdata/messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	samples := strings.Split(strings.TrimSpace(string(file)), "\n")
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		c := n.dial(t, token(t, "testagent", nil), envelope.ProtocolV1)
		next := func() {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, got, err := c.ws.Read(ctx)
			if err != nil || len(samples) == 0 {
				t.Fatalf("%s, %v; %d samples are left", got, err, len(samples))
			}
			form := strings.NewReplacer(regexp.QuoteMeta("‹any›"), `[^"]*`, regexp.QuoteMeta("‹json›"), `.*`).Replace(regexp.QuoteMeta(samples[0]))
			if !regexp.MustCompile("^" + form + "$").Match(got) {
				t.Errorf("got  %s\nwant %s", got, samples[0])
			}
			samples = samples[1:]
		}
		next()
		c.send(`{"channel":"HUB","topic":"Session","subtopic":"RefreshToken","requestId":"r1","data":{"token":"` + token(t, "testagent", nil) + `"}}`)
		next()
		next() // at 20 s
		over := make(chan struct{})
		go func() {
			defer close(over)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			n.Drain(ctx)
		}()
		next()
		<-over
	})
	if len(samples) > 0 {
		t.Errorf("%d samples were not seen", len(samples))
	}
}
