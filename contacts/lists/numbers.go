package lists

import (
	"bytes"
	"io"
	"regexp"

	"agenthub/contacts"
)

// Numbers reads a do-not-call list: one number a line, as people write them or as
// the registry of the United States gives them, area and number with a comma
// between them. It is not safe for concurrent use.
type Numbers struct {
	lines  *Lines
	region string
}

// NewNumbers starts at the first line. Numbers without a country code belong to
// the region.
func NewNumbers(r io.Reader, region string) *Numbers { return &Numbers{NewLines(r), region} }

var registryLine = regexp.MustCompile(`^(\d{3}),(\d{7})$`)

// Next returns the next number and its line. A *RowError rejects that line alone;
// io.EOF ends the input; any other error is the input's own.
func (n *Numbers) Next() (contacts.Number, int, error) {
	text, line, err := n.lines.Next()
	if err != nil {
		return contacts.Number{}, line, err
	}
	text = registryLine.ReplaceAll(bytes.TrimSpace(text), []byte("$1$2"))
	number, err := contacts.Phone(text).Match("", n.region)
	if err != nil {
		return contacts.Number{}, line, &RowError{line, "number: " + err.Error()}
	}
	return number, line, nil
}
