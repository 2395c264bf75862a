package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// OK is the answer {"success":true}.
type OK struct{}

// MarshalJSON makes OK the published success.
func (OK) MarshalJSON() ([]byte, error) { return []byte(`{"success":true}`), nil }

// Reply is the beginning of an answer's envelope, made once per route.
type Reply struct {
	prefix []byte // up to and without the optional requestId
	wrap   bool   // an answer stands under "response"
	callID string // what the message begins with, made by WithCallID
}

// NewReply makes the beginning of the answers of one route. Answers of the LCM
// channel stand under message.response, those of the hub directly in message.
func NewReply(channel, topic, subtopic string) Reply {
	return Reply{
		prefix: fmt.Appendf(nil, `{"channel":%q,"topic":%q,"subtopic":%q,`, channel, topic, subtopic),
		wrap:   channel == ChannelLCM,
	}
}

// WithCallID makes answers that repeat the request's call id, as those of
// dispositions do: message{callid,response}.
func (r Reply) WithCallID(id string) Reply {
	r.callID = string(append(appendString([]byte(`"callid":`), id), ','))
	return r
}

// Append encodes an answer: channel, topic, subtopic, requestId if the client
// sent one, message.
func (r Reply) Append(dst []byte, requestID string, answer any) ([]byte, error) {
	dst = r.open(dst, requestID)
	if r.wrap {
		dst = r.response(dst)
	}
	dst, err := appendJSON(dst, answer)
	if err != nil {
		return nil, err
	}
	if r.wrap {
		dst = append(dst, '}')
	}
	return append(dst, '}'), nil
}

// AppendFailure encodes a refusal; the code is told to a client that knows codes.
func (r Reply) AppendFailure(dst []byte, requestID string, e *Error, withCode bool) []byte {
	dst = r.response(r.open(dst, requestID))
	dst = append(dst, `{"success":false,"msg":`...)
	dst = appendString(dst, e.Message)
	if withCode {
		dst = append(dst, `,"code":`...)
		dst = appendString(dst, string(e.Code))
		if e.Rule != "" {
			dst = appendString(append(dst, `,"rule":`...), e.Rule)
		}
		if e.Layer != "" {
			dst = appendString(append(dst, `,"layer":`...), e.Layer)
		}
		if e.Rule != "" || e.Layer != "" {
			dst = appendString(append(dst, `,"opensAt":`...), e.OpensAt)
		}
	}
	return append(dst, `}}}`...)
}

func (r Reply) open(dst []byte, requestID string) []byte {
	dst = append(dst, r.prefix...)
	if requestID != "" {
		dst = append(dst, `"requestId":`...)
		dst = appendString(dst, requestID)
		dst = append(dst, ',')
	}
	return append(dst, `"message":`...)
}

func (r Reply) response(dst []byte) []byte {
	return append(append(append(dst, '{'), r.callID...), `"response":`...)
}

// Frame encodes one of the hub's own messages.
func Frame(topic, subtopic string, message any) ([]byte, error) {
	return NewReply(ChannelHub, topic, subtopic).Append(nil, "", message)
}

// appendString quotes printable ASCII and our own sentences, for which Go's
// quoting and JSON's agree; anything else takes the long way.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			quoted, _ := appendJSON(dst, s) // a string cannot fail
			return quoted
		}
	}
	return strconv.AppendQuote(dst, s)
}

// appendJSON encodes without HTML escaping: a < in a name stays a <.
func appendJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case OK:
		return append(dst, `{"success":true}`...), nil
	case json.RawMessage:
		return append(dst, v...), nil
	}
	buf := bytes.NewBuffer(dst)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	b := buf.Bytes()
	return b[:len(b)-1], nil // the encoder's newline
}
