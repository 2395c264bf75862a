//go:build linux

package crowd

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"agenthub/cmd/hubbench/lab"
	"agenthub/cmd/hubbench/wire"
)

// agent is one client that fetches a contact and skips it, again and again. Its
// frames are made once and numbered in place; its answers are compared byte for
// byte with what they must be, but for the contact.
type agent struct {
	sock   *wire.Socket
	name   string
	pool   *lab.Pool // nil: the peer is an echo
	frame  [2][]byte
	idAt   [2]int // of the request id's digits in frame
	answer [2][]byte
	sent   uint64
	begun  []int64 // of the requests that wait for their answer, oldest first, Unix ns
	got    uint64
	hello  bool
}

const idDigits = 10

// The two requests, in turn.
const (
	fetch = 0
	skip  = 1
)

var (
	subtopics = [2]string{"GetContactOD", "SkipNonPEWCContact"}
	replies   = [2]string{"ContactOD", "SkipNonPEWCContactResult"}
	mark      = bytes.Repeat([]byte{'0'}, idDigits)
)

func newAgent(name string, p *lab.Pool, run int) *agent {
	a := &agent{name: name, pool: p}
	for kind, subtopic := range subtopics {
		id := fmt.Sprintf("r%03d%s", run, mark)
		payload := fmt.Appendf(nil, `{"channel":"LCM","topic":"WebService","subtopic":%q,"requestId":%q,"data":{"userID":%q}}`, subtopic, id, name)
		a.frame[kind] = wire.TextFrame(payload)
		a.idAt[kind] = bytes.LastIndex(a.frame[kind], []byte(id)) + len(id) - idDigits
		switch {
		case p == nil:
			a.answer[kind] = payload
		case kind == fetch:
			a.answer[kind] = fmt.Appendf(nil, `{"channel":"LCM","topic":"WebService","subtopic":%q,"requestId":%q,"message":{"response":{"PhoneNumber":"`, replies[kind], id)
		default:
			a.answer[kind] = fmt.Appendf(nil, `{"channel":"LCM","topic":"WebService","subtopic":%q,"requestId":%q,"message":{"response":{"success":true}}}`, replies[kind], id)
		}
	}
	return a
}

// number writes n over the digits at that place.
func number(b []byte, at int, n uint64) {
	for i := at + idDigits - 1; i >= at; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// ask sends the next request. from is when it should have been sent.
func (a *agent) ask(from time.Time) error {
	kind := int(a.sent & 1)
	number(a.frame[kind], a.idAt[kind], a.sent)
	a.sent++
	a.begun = append(a.begun, from.UnixNano())
	return a.sock.Send(a.frame[kind])
}

var (
	heartbeat = []byte(`{"channel":"HUB","topic":"Session","subtopic":"Heartbeat"`)
	greeting  = []byte(`{"channel":"HUB","topic":"Session","subtopic":"Hello"`)
	idKey     = []byte(`"requestId":"`)
	contactID = []byte(`"ContactId":"`)
	success   = []byte(`"success":`)
)

// heard checks one frame; it is false for one that is no answer.
func (a *agent) heard(payload []byte) (begun int64, answered bool, err error) {
	if bytes.HasPrefix(payload, heartbeat) {
		return 0, false, nil
	}
	if bytes.HasPrefix(payload, greeting) {
		a.hello = true
		return 0, false, nil
	}
	if len(a.begun) == 0 {
		return 0, false, fmt.Errorf("%s: not asked for: %s", a.name, payload)
	}
	kind := int(a.got & 1)
	want := a.answer[kind]
	number(want, bytes.Index(want, idKey)+len(idKey)+4, a.got)
	if !bytes.HasPrefix(payload, want) || len(payload) != len(want) && (a.pool == nil || kind != fetch) {
		return 0, false, fmt.Errorf("%s: want %s, got %s", a.name, want, payload)
	}
	if a.pool != nil && kind == fetch {
		_, rest, ok := bytes.Cut(payload, contactID)
		id, _, ok2 := bytes.Cut(rest, []byte{'"'})
		if !ok || !ok2 || bytes.Contains(payload, success) {
			return 0, false, fmt.Errorf("%s: no contact in %s", a.name, payload)
		}
		if err := a.pool.Take(id); err != nil {
			return 0, false, fmt.Errorf("%s: %w", a.name, err)
		}
	}
	begun = a.begun[0]
	a.begun = a.begun[:copy(a.begun, a.begun[1:])]
	a.got++
	return begun, true, nil
}

var errLost = errors.New("answers are missing")
