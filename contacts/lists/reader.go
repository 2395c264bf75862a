// Package lists is files in: contacts as campaign managers have them, line by line
// in bounded memory, into whatever stores them. A bad line is refused alone, with
// its number and a sentence that quotes no phone number.
//
//	file ─▶ sheet: lines in UTF-8 ─▶ cells, by the columns that headers finds ─▶ row: a contact, or a refusal ─▶ Load
package lists

import (
	"bytes"
	"errors"
	"io"

	"agenthub/contacts"
	"agenthub/contacts/lists/headers"
	"agenthub/contacts/lists/sheet"
	"agenthub/contacts/zones"
)

// Format is how imported contacts are written.
type Format int

// The formats of POST /contacts.
const (
	NDJSON Format = iota // one JSON object a line
	CSV                  // a header line, then one contact a line, or a few where a quoted cell has line breaks
	Auto                 // which of them is seen by the first line
)

// RowError is one line that was not taken, and why.
type RowError = sheet.RowError

// HeaderError says what the file is, or what its first line lacks; nothing can be read.
type HeaderError string

func (e HeaderError) Error() string { return string(e) }

// Options say what a file of contacts is, as far as it does not say so itself.
type Options struct {
	Format   Format
	Region   string              // of numbers without a country code; default none
	Zones    *zones.Data         // required by Next
	Campaign contacts.CampaignID // of rows that name none; default: they are refused
	Columns  headers.Asked       // of CSV
	Tell     int                 // refused rows that Load tells one by one; default RejectedMost
}

// Cells are the values of one row as text, by field; "" for what it does not say.
type Cells [headers.Count]string

// RowReader reads contacts line by line in bounded memory, however long the
// input or a line of it is. It is not safe for concurrent use.
type RowReader struct {
	Options
	lines   *sheet.Lines
	decode  func(line []byte) (Cells, error)
	isRow   func(line []byte) bool // of CSV
	columns *columnDecoder         // of CSV
	unknown *unknown
	filler  string // a line of nothing else is blank
	ahead   []ahead
}

// NewRowReader starts reading. It looks at the first line, and returns a HeaderError if the
// file holds something else, or its columns are not those of contacts.
func NewRowReader(r io.Reader, o Options) (*RowReader, error) {
	lines, err := sheet.NewLines(r)
	if err != nil {
		return nil, refusedFile(err)
	}
	rr := &RowReader{Options: o, lines: lines, unknown: &unknown{}}
	first, line, err := rr.lines.Next()
	if errors.Is(err, io.EOF) && o.Format != NDJSON {
		return nil, HeaderError("the file is empty: its first line must name the columns")
	}
	rowErr, bad := errors.AsType[*RowError](err)
	if err != nil && !bad && !errors.Is(err, io.EOF) {
		return nil, refusedFile(err)
	}
	isObject := bytes.HasPrefix(bytes.TrimSpace(first), []byte("{"))
	if o.Format == NDJSON || o.Format == Auto && isObject {
		if err == nil {
			if what := notObjects(first, o); what != "" {
				return nil, what
			}
		}
		rr.ahead = []ahead{{bytes.Clone(first), line, err}}
		rr.decode = (&objectDecoder{unknown: rr.unknown}).decode
		return rr, nil
	}
	if bad {
		return nil, HeaderError("the first line does not name columns: " + rowErr.Err)
	}
	if isObject {
		return nil, HeaderError("the file has objects of JSON and no columns: send it as application/x-ndjson")
	}
	return rr, rr.header(first)
}

// refusedFile says what is wrong with a file as a whole.
func refusedFile(err error) error {
	if fault, ok := errors.AsType[sheet.Error](err); ok {
		return HeaderError("the file " + fault.Error())
	}
	return err
}

// Next returns the next contact and its line. A *RowError rejects that line
// alone; io.EOF ends the input; any other error is the input's own.
func (rr *RowReader) Next() (contacts.Row, int, error) {
	f, line, err := rr.NextCells()
	if err != nil {
		return contacts.Row{}, line, err
	}
	row, err := rr.row(f)
	if err != nil {
		return contacts.Row{}, line, &RowError{Line: line, Err: err.Error()}
	}
	return row, line, nil
}

// NextCells returns the next row as Next does, before anybody has looked what its cells say.
func (rr *RowReader) NextCells() (Cells, int, error) {
	text, line, err := rr.line()
	for err == nil && len(bytes.Trim(text, rr.filler)) == 0 { // rows below the last, as spreadsheets leave them behind
		text, line, err = rr.line()
	}
	if err != nil {
		return Cells{}, line, refusedFile(err)
	}
	f, err := rr.decode(text)
	if errors.Is(err, errOpenQuote) {
		f, err = rr.decodeAcross(text)
	}
	if err != nil {
		return Cells{}, line, &RowError{Line: line, Err: err.Error()}
	}
	return f, line, nil
}

// Ignored tells what was passed over until now because the hub does not know it,
// in the order of the file.
func (rr *RowReader) Ignored() []Ignored { return rr.unknown.all() }

// Mapped is a column that was read for a field of another name.
type Mapped struct {
	Column string `json:"column"`
	Field  string `json:"field"`
}

// Mapped tells the columns that were read for fields of other names, in the order of the fields.
func (rr *RowReader) Mapped() []Mapped {
	if rr.columns == nil {
		return nil
	}
	return rr.columns.mapped
}

// Has tells whether the file says anything of a field.
func (rr *RowReader) Has(field headers.Field) bool {
	return rr.columns == nil || rr.unknown.have[field]
}

// Encoding of what was read until now, as people call it.
func (rr *RowReader) Encoding() string { return rr.lines.Encoding }
