package lists

import (
	"bytes"
	"slices"
	"strings"

	"agenthub/contacts"
	"agenthub/contacts/lists/headers"
)

// What a file is that was sent to the wrong place. The damage is done in either: a
// do-not-call list read as contacts is called, and contacts on a do-not-call list never.
const (
	errNumbers = HeaderError("the file is a list of numbers, like a do-not-call list, and none of contacts: " +
		"send it by PUT /dnc (people who said no to you) or PUT /dnc/{layer} (the list of somebody else)")
	errContacts = HeaderError("the file is a list of contacts, and no do-not-call list: send it by POST /contacts; " +
		"if these people must not be called, send the column of their numbers alone")
	errChanges = HeaderError("the file is a change list, with A or D at the end of each line: send it by PATCH /dnc/{layer}")
	errRows    = HeaderError("the first line is a row, and the columns have no names: put a line before it that names them, like contactId,campaignId,phoneNumber")
)

// isNumber reports whether all of a text is one telephone number.
func isNumber(text []byte, region string) bool {
	text = bytes.TrimSpace(text)
	if registryLine.Match(text) {
		return true
	}
	_, err := contacts.Phone(text).Match("", region)
	return err == nil
}

// isChange reports whether a line is one of a change list.
func isChange(line []byte, region string) bool {
	cells := changeLine.FindSubmatch(bytes.TrimSpace(line))
	return cells != nil && isNumber(cells[1], region)
}

// notObjects says what the first line of a file is that should be an object of JSON.
func notObjects(first []byte, o Options) HeaderError {
	if isNumber(first, o.Region) || isChange(first, o.Region) {
		return errNumbers
	}
	for _, comma := range separators {
		found, _ := headers.Find(strings.Split(string(first), string(comma)), headers.Asked{})
		if found.Of[headers.PhoneNumber] != nil && found.Of[headers.ContactID] != nil {
			return "the file has columns and no objects of JSON: send it as text/csv"
		}
	}
	return ""
}

// notColumns says what the first line of a CSV is, if it does not name columns of contacts.
func notColumns(cells []string, o Options) HeaderError {
	found, _ := headers.Find(cells, headers.Asked{})
	known := 0
	for _, at := range found.Of {
		known += len(at)
	}
	line := []byte(strings.Join(cells, ","))
	switch {
	case isNumber(line, o.Region), isChange(line, o.Region):
		return errNumbers
	case len(cells) == 1 && found.Of[headers.PhoneNumber] != nil:
		return errNumbers
	case known > 0 || o.Columns.Columns != nil:
		return ""
	case slices.ContainsFunc(cells, func(cell string) bool { return isNumber([]byte(cell), o.Region) }):
		if len(cells) >= 20 && isNumber([]byte(cells[4]), o.Region) {
			return errRows + "; if it is in VICIdial's standard order, say layout vicidial"
		}
		return errRows
	}
	return ""
}
