package lists

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"agenthub/contacts"
	"agenthub/contacts/lists/headers"
	"agenthub/contacts/lists/sheet"
)

// Numbers reads a do-not-call list: one number a line, as people write them or as
// the registry of the United States gives them, area and number with a comma
// between them; or a table whose first line names the column of the numbers. It is
// not safe for concurrent use.
type Numbers struct {
	sent   io.Reader
	lines  *sheet.Lines // nil until the first line is asked for
	region string
	table  *columnDecoder // of a list with named columns
}

// NewNumbers starts at the first line. Numbers without a country code belong to
// the region.
func NewNumbers(r io.Reader, region string) *Numbers { return &Numbers{sent: r, region: region} }

var registryLine = regexp.MustCompile(`^(\d{3}),(\d{7})$`)

// Next returns the next number and its line. A *RowError rejects that line alone;
// a HeaderError says that the file is something else; io.EOF ends the input; any
// other error is the input's own.
func (n *Numbers) Next() (contacts.Number, int, error) {
	text, line, err := n.line(false)
	if err == nil && n.table != nil {
		text, err = n.cell(text, line)
	}
	if err != nil {
		return contacts.Number{}, line, err
	}
	number, err := n.match(text)
	if err != nil {
		return contacts.Number{}, line, &RowError{Line: line, Err: err.Error()}
	}
	return number, line, nil
}

// line is the next line. At the first it is seen what the file is.
func (n *Numbers) line(changes bool) ([]byte, int, error) {
	if n.lines != nil {
		text, line, err := n.lines.Next()
		return text, line, refusedFile(err)
	}
	var err error
	if n.lines, err = sheet.NewLines(n.sent); err != nil {
		return nil, 0, refusedFile(err)
	}
	first, line, err := n.lines.Next()
	if err != nil {
		return nil, line, refusedFile(err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(first), []byte("{")) {
		return nil, line, errContacts
	}
	for _, comma := range separators {
		names := strings.Split(string(bytes.ReplaceAll(first, []byte(`"`), nil)), string(comma))
		found, _ := headers.Find(names, headers.Asked{})
		said := func(field headers.Field) bool { return found.Of[field] != nil || found.Ambiguous[field] != nil }
		switch {
		case !said(headers.PhoneNumber):
			continue
		case said(headers.ContactID), said(headers.CampaignID), said(headers.AccountNumber), said(headers.Name):
			return nil, line, errContacts
		case found.Of[headers.PhoneNumber] == nil, hasMore(names, found.Of[headers.PhoneNumber][0], headers.PhoneNumber):
			return nil, line, HeaderError("the file has more than one column of numbers: send one, or all of them one below the other")
		case found.CountryCode >= 0, hasMore(names, found.Of[headers.PhoneNumber][0], headers.Prefix), hasCodes(names):
			return nil, line, HeaderError("the file has a column of codes beside the numbers: write each number whole in one cell, with + and the country's code")
		case !changes: // a change list has A or D beside the number, whatever its columns are called
			n.table = &columnDecoder{found: found}
			n.table.begin(comma)
		}
		return n.line(changes)
	}
	if !changes && isChange(first, n.region) {
		return nil, line, errChanges
	}
	return first, line, nil
}

// hasMore reports whether another column may be one field, too: of a do-not-call list
// none is left out in silence.
func hasMore(names []string, but int, field headers.Field) bool {
	for i, name := range names {
		own, is := headers.Named(name)
		if i != but && (is && own == field || !is && headers.Meant(name) == field) {
			return true
		}
	}
	return false
}

// hasCodes reports whether a column may be a part of the numbers.
func hasCodes(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		plain := headers.Plain(name)
		return plain == "area" || plain == "exchange" || plain == "ext" || strings.HasSuffix(plain, "code") && headers.Meant(name) != headers.PostalCode && headers.Meant(name) != headers.Region
	})
}

// cell is the number of a row.
func (n *Numbers) cell(row []byte, line int) ([]byte, error) {
	values, err := n.table.record(row)
	if err != nil {
		return nil, &RowError{Line: line, Err: err.Error()}
	}
	at := n.table.found.Of[headers.PhoneNumber][0]
	if at >= len(values) {
		return nil, &RowError{Line: line, Err: "number: is missing"}
	}
	return []byte(values[at]), nil
}

// The list of changes of the national registry has the number, the day and A or D; others
// have more beside.
var changeLine = regexp.MustCompile(`(?i)^(\d{3},\d{7}|[^,]*),(?:.*,)?\s*([AD])\s*$`)

// NextChange returns the next line of a change list likewise: a number, then what the
// list has beside, then A for one that was added or D for one that was deleted.
func (n *Numbers) NextChange() (number contacts.Number, deleted bool, line int, err error) {
	text, line, err := n.line(true)
	if err != nil {
		return contacts.Number{}, false, line, err
	}
	cells := changeLine.FindSubmatch(bytes.TrimSpace(text))
	if cells == nil {
		return contacts.Number{}, false, line, &RowError{Line: line, Err: "is no change: a number, then A (added) or D (deleted), with a comma between"}
	}
	if number, err = n.match(cells[1]); err != nil {
		return contacts.Number{}, false, line, &RowError{Line: line, Err: err.Error()}
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
