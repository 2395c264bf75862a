package envelope

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// encoding/json folds letter case beyond ASCII, lets the last of two keys win
// and mends broken UTF-8, all silently; each of these could act for another
// agent. So frames are parsed token by token.
const (
	maxDepth = 16
	maxKeys  = 64 // in one object
)

var (
	errSyntax   = Refuse(CodeInvalidMessage, "Message is not valid JSON")
	errNoObject = Refuse(CodeInvalidMessage, "Message must be a JSON object")
	errDepth    = Refuse(CodeInvalidMessage, "Message is nested too deeply")
	errKeys     = Refuse(CodeInvalidMessage, "Message has too many keys")
	errConflict = Refuse(CodeInvalidMessage, "Message has conflicting keys")
)

// parser reads one frame. A fault other than syntax does not stop it: the
// subtopic may still follow, and the refusal goes under its name.
type parser struct {
	dec   jsontext.Decoder
	buf   bytes.Buffer
	frame []byte
	fault *Error
}

//nolint:gochecknoglobals // a pool
var parsers = sync.Pool{New: func() any { return new(parser) }}

// parseObject reads a frame that must hold one JSON object and nothing else.
// With an error it returns the fields read so far.
func parseObject(frame []byte) (Fields, error) {
	p := parsers.Get().(*parser)
	p.buf = *bytes.NewBuffer(frame)
	p.dec.Reset(&p.buf, jsontext.AllowDuplicateNames(true)) // we look for them ourselves
	p.frame, p.fault = frame, nil
	defer func() {
		p.buf, p.frame = bytes.Buffer{}, nil
		p.dec.Reset(&p.buf)
		parsers.Put(p)
	}()

	if p.dec.PeekKind() != kindObject {
		if _, err := p.dec.ReadValue(); err != nil {
			return Fields{}, errSyntax
		}
		return Fields{}, errNoObject
	}
	fields, ok := p.object(1, "")
	if !ok {
		return fields, errSyntax
	}
	if _, err := p.dec.ReadToken(); err != io.EOF { //nolint:errorlint // jsontext returns it bare at the end of the stream
		return fields, errSyntax
	}
	if p.fault != nil {
		return fields, p.fault
	}
	return fields, nil
}

func (p *parser) refuse(fault *Error) {
	if p.fault == nil {
		p.fault = fault
	}
}

// object reads the object that comes next. It is false if the text ended being
// JSON; what came before is returned all the same.
func (p *parser) object(depth int, parent string) (Fields, bool) {
	if _, err := p.dec.ReadToken(); err != nil {
		return Fields{}, false
	}
	f := Fields{list: make([]field, 0, 5)}
	for p.dec.PeekKind() != '}' {
		raw, err := p.dec.ReadValue()
		if err != nil {
			return f, false
		}
		key := foldKey(raw)
		if parent == "data" {
			if first := alias(key); first != "" {
				key = first
			}
		}
		v, ok := p.value(depth, key)
		v.key = key
		p.add(&f, v, depth)
		if !ok {
			return f, false
		}
	}
	_, err := p.dec.ReadToken()
	return f, err == nil
}

func (p *parser) add(f *Fields, v field, depth int) {
	for i := range f.list {
		old := &f.list[i]
		if old.key != v.key {
			continue
		}
		words := depth == 1 && (v.key == "channel" || v.key == "topic" || v.key == "subtopic")
		if old.kind == kindConflict || !same(old, &v, words) {
			old.kind, old.text, old.sub = kindConflict, "", Fields{}
			p.refuse(errConflict)
		}
		return
	}
	if len(f.list) == maxKeys {
		p.refuse(errKeys)
		return
	}
	f.list = append(f.list, v)
}

// value reads the value that comes next; depth is that of the object or array
// around it.
func (p *parser) value(depth int, key string) (v field, ok bool) {
	kind := byte(p.dec.PeekKind())
	if (kind == kindObject || kind == kindArray) && depth == maxDepth {
		p.refuse(errDepth)
		v.kind = kindNull
		return v, p.dec.SkipValue() == nil
	}
	switch kind {
	case kindObject:
		v.kind = kindObject
		v.sub, ok = p.object(depth+1, parentOf(depth, key))
		return v, ok
	case kindArray:
		v.kind = kindArray
		v.text, ok = p.array(depth + 1)
		return v, ok
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		v.kind = kindConflict
		return v, false
	}
	switch kind {
	case '"':
		v.kind, v.text = kindString, text(raw)
	case 't', 'f':
		v.kind, v.text = kindBool, string(raw)
	case 'n':
		v.kind, v.text = kindNull, "null"
	default:
		v.kind, v.text = kindNumber, string(raw)
	}
	return v, true
}

// parentOf names the object a key opens; only the request's own data has aliases.
func parentOf(depth int, key string) string {
	if depth == 1 {
		return key
	}
	return ""
}

// array reads the array that comes next and keeps its text: no request has one
// that is read, but it must be proper and two of them must be comparable.
func (p *parser) array(depth int) (string, bool) {
	from := p.dec.InputOffset()
	if _, err := p.dec.ReadToken(); err != nil {
		return "", false
	}
	for p.dec.PeekKind() != ']' {
		if _, ok := p.value(depth, ""); !ok {
			return "", false
		}
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return "", false
	}
	text := p.frame[from:p.dec.InputOffset()]
	return string(text[bytes.IndexByte(text, '['):]), true
}

// foldKey is fold(unquote(raw)), without an allocation for the keys we know.
func foldKey(raw jsontext.Value) string {
	var b [16]byte
	if n := len(raw) - 2; n <= len(b) {
		for i, c := range raw[1 : 1+n] {
			b[i] = lower(c)
		}
		switch string(b[:n]) {
		case "channel":
			return "channel"
		case "topic":
			return "topic"
		case "subtopic":
			return "subtopic"
		case "requestid":
			return "requestid"
		case "data":
			return "data"
		case "userid":
			return "userid"
		case "agentid":
			return "agentid"
		case "accountnumber":
			return "accountnumber"
		case "contactid":
			return "contactid"
		case "phonenumber":
			return "phonenumber"
		case "outcomeid":
			return "outcomeid"
		case "reason":
			return "reason"
		}
	}
	return fold(unquote(raw))
}

// text is unquote, without an allocation for the words of every frame.
func text(raw jsontext.Value) string {
	switch string(raw) {
	case `"LCM"`:
		return ChannelLCM
	case `"WebService"`:
		return TopicWebService
	}
	return unquote(raw)
}

// unquote gives the value of a JSON string that was already found proper.
func unquote(raw jsontext.Value) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	s, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return ""
	}
	return string(s)
}

const curly = "\u201d"

// mendQuotes closes strings that were closed by U+201D, as three published
// samples print them. It touches only a string that does not end properly, and
// there only a mark that stands where a string may end.
func mendQuotes(frame []byte) (mended []byte, ok bool) {
	text := string(frame)
	done := 0 // text before it is in mended
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		end, mark := -1, -1
		for j := i + 1; j < len(text) && end < 0; j++ {
			switch {
			case text[j] == '\\':
				j++
			case text[j] == '"':
				end = j
			case mark < 0 && strings.HasPrefix(text[j:], curly) && delimits(text[j+len(curly):]):
				mark = j
			}
		}
		switch {
		case end >= 0 && delimits(text[end+1:]):
			i = end
		case mark < 0:
			return nil, false
		default:
			mended = append(append(mended, text[done:mark]...), '"')
			done = mark + len(curly)
			i = done - 1
		}
	}
	return append(mended, text[done:]...), done > 0
}

// delimits reports whether what follows a closing quote ends a token.
func delimits(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r\n")
	return rest == "" || strings.IndexByte(",:}]", rest[0]) >= 0
}
