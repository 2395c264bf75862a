package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts"
	"agenthub/session/envelope"
	"agenthub/session/identity"
)

// Watch is "agenthub watch": the live feed, lines for a person or JSON
// for a program. It comes back by itself, without a hole.
type Watch struct {
	HubFlags
	Campaign string `help:"Only this campaign."`
	Agent    string `help:"Only this agent."`
	Reason   string `help:"Only this reason."`
	Type     string `enum:",reserve,dial,skip,skip_close,expire,release,outcome,review,block,alert" default:"" help:"Only this type, for example skip."`
	Since    string `placeholder:"ID" help:"Begin after this event instead of now."`
	JSON     bool   `name:"json" help:"JSON lines, also in a terminal."`
}

const (
	feedSilence = 60 * time.Second // three heartbeats
	watchPause  = 10 * time.Second // most between two tries
)

// feedPlace is where a feed goes on. The seq says whether history was rolled
// back; it is unknown after --since and after a gap.
type feedPlace struct {
	id  string
	seq int64
}

// Run shows events until ctx ends.
func (w *Watch) Run(ctx context.Context, std command.Streams) error {
	show := w.printer(std)
	place := feedPlace{id: w.Since, seq: -1}
	met := false // the hub has answered once: from now on it is waited for
	for try := 0; ; try++ {
		began := place
		err := w.follow(ctx, &place, &met, show)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the person at the keyboard ended it
		}
		if _, final := errors.AsType[*RefusedError](err); final || !met {
			return err
		}
		if place != began {
			try = 0
		}
		pause := min(time.Second<<min(try, 4), watchPause)
		_, _ = fmt.Fprintf(std.Err, "agenthub: %v; trying again\n", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

type subscribeFrame struct {
	Channel  string        `json:"channel"`
	Topic    string        `json:"topic"`
	Subtopic string        `json:"subtopic"`
	Data     subscribeData `json:"data"`
}

type subscribeData struct {
	Since  string            `json:"since,omitempty"`
	Seq    *int64            `json:"seq,omitempty"`
	Filter map[string]string `json:"filter,omitempty"`
}

func (w *Watch) subscription(place feedPlace) ([]byte, error) {
	data := subscribeData{Since: place.id, Filter: map[string]string{}}
	if place.id != "" && place.seq >= 0 {
		data.Seq = &place.seq
	}
	for key, value := range map[string]string{"campaign": w.Campaign, "agent": w.Agent, "reason": w.Reason, "type": w.Type} {
		if value != "" {
			data.Filter[key] = value
		}
	}
	return json.Marshal(subscribeFrame{"HUB", "Skips", "Subscribe", data})
}

// feedMessage is what a hub says to a supervisor, as much of it as watch reads.
type feedMessage struct {
	Subtopic string
	Message  json.RawMessage
}

// follow reads one connection until it ends, moving place along.
func (w *Watch) follow(ctx context.Context, place *feedPlace, met *bool, show func(feedMessage) error) error {
	token, err := w.bearer(ctx, identity.Identity{Agent: "watch", Role: identity.RoleSupervisor}, time.Hour)
	if err != nil {
		return err
	}
	conn, err := w.dial(ctx, token)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	*met = true
	frame, err := w.subscription(*place)
	if err != nil {
		return err
	}
	if err := conn.Write(ctx, websocket.MessageText, frame); err != nil {
		return closed(err)
	}
	for {
		frame, err := readFrame(ctx, conn)
		if err != nil {
			return closed(err)
		}
		var m feedMessage
		if err := json.Unmarshal(frame, &m); err != nil {
			return &RefusedError{"this is no hub: it does not speak JSON"}
		}
		if err := place.move(m); err != nil {
			return err
		}
		if err := show(m); err != nil {
			return &RefusedError{err.Error()} // nobody reads what we print
		}
	}
}

func readFrame(ctx context.Context, conn *websocket.Conn) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, feedSilence)
	defer cancel()
	_, frame, err := conn.Read(ctx)
	return frame, err
}

// move follows one message. A refused subscription ends the watching.
func (p *feedPlace) move(m feedMessage) error {
	var said struct {
		ID       string
		Seq      int64
		To       string
		Response *struct{ Msg, Code string }
	}
	switch m.Subtopic {
	case "Subscribed", "Event", "Gap", "Error":
	default:
		return nil
	}
	if err := json.Unmarshal(m.Message, &said); err != nil {
		return fmt.Errorf("a message that cannot be read: %w", err)
	}
	if said.Response != nil {
		if said.Response.Code == string(envelope.CodeUnavailable) {
			return errors.New(said.Response.Msg)
		}
		return &RefusedError{"the hub says: " + said.Response.Msg}
	}
	if m.Subtopic == "Gap" {
		*p = feedPlace{said.To, -1}
	} else {
		*p = feedPlace{said.ID, said.Seq}
	}
	return nil
}

// printer shows events and gaps, one a line.
func (w *Watch) printer(std command.Streams) func(feedMessage) error {
	terminal := command.IsTerminal(std.Out)
	return func(m feedMessage) error {
		if m.Subtopic != "Event" && m.Subtopic != "Gap" {
			return nil
		}
		if w.JSON || !terminal {
			_, err := fmt.Fprintf(std.Out, "%s\n", escaped(m.Message))
			return err
		}
		if m.Subtopic == "Gap" {
			_, err := fmt.Fprintf(std.Out, "\x1b[31m── events are missing here: %s ──\x1b[0m\n", escaped(m.Message))
			return err
		}
		var e contacts.Event
		if err := json.Unmarshal(m.Message, &e); err != nil {
			return err
		}
		_, err := io.WriteString(std.Out, eventLine(e))
		return err
	}
}

// eventLine is one event for a person, coloured by what it means.
func eventLine(e contacts.Event) string {
	colour := map[string]string{
		"skip": "33", "skip_close": "33", "dial": "32", "outcome": "32", "expire": "35", "review": "36", "block": "31", "unblock": "31", "alert": "1;31",
	}[e.Type]
	at, err := time.Parse(time.RFC3339, e.At)
	if err != nil {
		at = time.Time{} // shown as midnight: a hub that writes no time is odd, not fatal
	}
	var more strings.Builder
	for _, part := range []struct{ label, value string }{
		{"", e.Reason}, {"“", e.Note}, {"by ", e.Actor},
	} {
		if part.value == "" || part.label == "by " && part.value == e.Agent {
			continue
		}
		more.WriteString("  " + part.label + identity.Shown(part.value))
	}
	if e.HeldMs > 0 {
		more.WriteString("  " + (time.Duration(e.HeldMs) * time.Millisecond).Round(100*time.Millisecond).String())
	}
	return fmt.Sprintf("%s  \x1b[%sm%-10s\x1b[0m  %-16s  %-12s  %s …%s%s\n", at.Local().Format("15:04:05"), colour, e.Type,
		identity.Shown(e.Agent), identity.Shown(e.Campaign), identity.Shown(e.ContactID), e.Phone, more.String())
}

// escaped is JSON that does nothing to a terminal, and says the same.
func escaped(text []byte) string {
	var b strings.Builder
	for _, r := range string(text) {
		if r >= utf8.RuneSelf && identity.Steers(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
