package lists

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"agenthub/contacts/lists/headers"
)

// objectDecoder reads one JSON object a line, strictly: no key twice in any
// letter case, no nested value in a known key.
type objectDecoder struct {
	in      bytes.Reader
	dec     jsontext.Decoder
	unknown *unknown
}

var (
	errNoObject = errors.New("is no JSON object")
	errNested   = errors.New("a value is neither text nor number")
	errTwice    = errors.New("a key stands twice")
)

func (d *objectDecoder) decode(line []byte) (Cells, error) {
	var f Cells
	d.in.Reset(line)
	d.dec.Reset(&d.in)
	if token, err := d.dec.ReadToken(); err != nil || token.Kind() != '{' {
		return f, errNoObject
	}
	var seen [headers.Count]bool
	for d.dec.PeekKind() != '}' {
		key, err := d.dec.ReadToken()
		if err != nil {
			return f, errNoObject
		}
		name := key.String()
		col, known := headers.Named(name)
		if !known {
			d.unknown.note(name)
			if err := d.dec.SkipValue(); err != nil {
				return f, errNoObject
			}
			continue
		}
		value, err := d.dec.ReadToken()
		switch {
		case err != nil:
			return f, errNoObject
		case seen[col]:
			return f, errTwice
		case value.Kind() == '"', value.Kind() == '0':
			f[col] = value.String()
		case value.Kind() == '[' && col == headers.AttemptsBefore:
			if f[col], err = d.list(); err != nil {
				return f, err
			}
		case value.Kind() != 'n':
			return f, errNested
		}
		seen[col], d.unknown.have[col] = true, true
	}
	if _, err := d.dec.ReadToken(); err != nil { // the closing brace
		return f, errNoObject
	}
	if _, err := d.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return f, errNoObject
	}
	return f, nil
}

// list reads the rest of an array of texts, as one with spaces between.
func (d *objectDecoder) list() (string, error) {
	var texts []string
	for {
		value, err := d.dec.ReadToken()
		switch {
		case err != nil:
			return "", errNoObject
		case value.Kind() == ']':
			return strings.Join(texts, " "), nil
		case value.Kind() != '"':
			return "", errNested
		}
		texts = append(texts, value.String())
	}
}
