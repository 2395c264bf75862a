package envelope

import "unicode/utf8"

// Words of the envelope, spelled as the published samples spell them.
const (
	ChannelLCM = "LCM"
	ChannelHub = "HUB"

	TopicWebService  = "WebService"
	TopicSession     = "Session"
	TopicReservation = "Reservation"
	TopicSkips       = "Skips"

	SubtopicError = "Error" // answers what cannot be answered under a name of its own

	// ProtocolV1 shows a client the hub's own messages and codes; ProtocolLCM,
	// like no subprotocol, shows the vendor's answers alone.
	ProtocolV1  = "agenthub.v1"
	ProtocolLCM = "lcm.v1"
	// ProtocolTicket is offered with a ticket appended and never selected.
	ProtocolTicket = "agenthub.ticket."
)

const maxRequestID = 64

// Envelope is one decoded frame. Of a frame that was refused it holds what
// could be read without doubt, so that the refusal finds its subtopic.
type Envelope struct {
	Channel    string // "" if it cannot be read
	Topic      string
	Subtopic   string
	RequestID  string
	Data       Fields
	HasData    bool // there is a "data" that is not null
	HasMessage bool // there is a "message": an answer, not a request
}

// Decode reads one text frame: the whole table of what is accepted and what is
// refused. The error is a *Error, and means that the frame may change nothing.
func Decode(frame []byte) (Envelope, error) {
	if !utf8.Valid(frame) {
		return Envelope{}, Refuse(CodeInvalidMessage, "Message is not valid UTF-8")
	}
	fields, err := parseObject(frame)
	if err == errSyntax { //nolint:errorlint // parseObject returns it bare
		// Only a frame that is no JSON at all may be mended: a U+201D inside a
		// proper string is somebody's comment.
		if mended, ok := mendQuotes(frame); ok {
			if again, err2 := parseObject(mended); err2 != errSyntax { //nolint:errorlint // as above
				fields, err = again, err2
			}
		}
	}
	e, err2 := envelopeOf(fields)
	if err == nil {
		err = err2
	}
	if err != nil {
		return e, err
	}
	return e, nil
}

// ParseFields reads a JSON object as Decode reads a request's data.
func ParseFields(object []byte) (Fields, error) {
	e, err := Decode(append(append([]byte(`{"data":`), object...), '}'))
	return e.Data, err
}

// envelopeOf picks the envelope's words out of the top-level fields, and goes on
// past a fault to find as many as it can.
func envelopeOf(f Fields) (e Envelope, err error) {
	for _, word := range []struct {
		name string
		to   *string
	}{
		{"channel", &e.Channel}, {"topic", &e.Topic}, {"subtopic", &e.Subtopic},
	} {
		v := f.find(word.name)
		switch {
		case v == nil:
		case v.kind == kindString:
			*word.to = v.text
		case err == nil:
			err = Refuse(CodeInvalidMessage, word.name+" must be a string")
		}
	}
	if v := f.find("requestId"); v != nil {
		if scalar(v.kind) && v.kind != kindBool && printable(v.text) {
			e.RequestID = v.text
		} else if err == nil {
			err = Refuse(CodeInvalidMessage, "requestId must be 1 to 64 printable ASCII characters")
		}
	}
	e.HasMessage = f.Has("message")
	if v := f.find("data"); v != nil && v.kind != kindNull {
		e.HasData, e.Data = true, v.sub
		if v.kind != kindObject && err == nil {
			err = Refuse(CodeInvalidMessage, "data must be an object")
		}
	}
	return e, err
}

func printable(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
