package lists

import (
	"bytes"
	"fmt"
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
	number, err := n.match(text)
	if err != nil {
		return contacts.Number{}, line, &RowError{line, err.Error()}
	}
	return number, line, nil
}

var changeLine = regexp.MustCompile(`(?i)^(\d{3},\d{7}|[^,]*),(?:.*,)?\s*([AD])\s*$`)

// NextChange returns the next line of a change list likewise: a number, then what the
// list has beside, then A for one that was added or D for one that was deleted.
func (n *Numbers) NextChange() (number contacts.Number, deleted bool, line int, err error) {
	text, line, err := n.lines.Next()
	if err != nil {
		return contacts.Number{}, false, line, err
	}
	cells := changeLine.FindSubmatch(bytes.TrimSpace(text))
	if cells == nil {
		return contacts.Number{}, false, line, &RowError{line, "is no change: a number, then A (added) or D (deleted), with a comma between"}
	}
	if number, err = n.match(cells[1]); err != nil {
		return contacts.Number{}, false, line, &RowError{line, err.Error()}
	}
	return number, cells[2][0]|0x20 == 'd', line, nil
}

// match reads one number, in either form.
func (n *Numbers) match(text []byte) (contacts.Number, error) {
	text = bytes.TrimSpace(text)
	if registryLine.Match(text) {
		text = append(text[:3], text[4:]...) // the line is ours until the next
	}
	number, err := contacts.Phone(text).Match("", n.region)
	if err != nil {
		return contacts.Number{}, fmt.Errorf("number: %w", err)
	}
	return number, nil
}
