// Package lists is files in: contacts as campaign managers have them, line by line
// in bounded memory, into whatever stores them. A bad line is refused alone, with
// its number and a sentence that quotes no phone number.
package lists

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"agenthub/contacts"
	"agenthub/contacts/zones"
)

// Format is how imported contacts are written.
type Format int

// The two formats of POST /contacts.
const (
	NDJSON Format = iota // one JSON object a line
	CSV                  // a header line, then one contact a line, or a few where a quoted cell has line breaks
)

// maxLine bounds what one line can cost, whoever sends it.
const maxLine = 64 << 10

// RowError is one line that was not taken, and why. It never quotes a number.
type RowError struct {
	Line int    `json:"line"`
	Err  string `json:"error"`
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Err) }

// HeaderError says what the first line of a CSV lacks; nothing can be read.
type HeaderError string

func (e HeaderError) Error() string { return string(e) }

// RowReader reads contacts line by line in bounded memory, however long the
// input or a line of it is. It is not safe for concurrent use.
type RowReader struct {
	lines   *Lines
	region  string
	zones   *zones.Data
	decode  func(line []byte) (fields, error)
	isRow   func(line []byte) bool // of CSV
	unknown *unknown
	filler  string // a line of nothing else is blank
	ahead   []ahead
}

// NewRowReader starts reading. For CSV it reads the header line, and returns a
// HeaderError if that names no contactId, campaignId or phoneNumber. Numbers
// without a country code belong to the region; zones are those of the data.
func NewRowReader(r io.Reader, format Format, region string, data *zones.Data) (*RowReader, error) {
	rr := &RowReader{lines: NewLines(r), region: region, zones: data, unknown: &unknown{}}
	if format == NDJSON {
		rr.decode = (&objectDecoder{unknown: rr.unknown}).decode
		return rr, nil
	}
	header, _, err := rr.lines.Next()
	if errors.Is(err, io.EOF) {
		return nil, HeaderError("the file is empty: its first line must name the columns")
	}
	if rowErr, ok := errors.AsType[*RowError](err); ok {
		return nil, HeaderError("the first line does not name columns: " + rowErr.Err)
	}
	if err != nil {
		return nil, err
	}
	if mark, ok := bytes.CutPrefix(header, []byte("sep=")); ok && len(mark) == 1 { // as spreadsheets do
		if header, _, err = rr.lines.Next(); err != nil {
			return nil, HeaderError("the first line names a separator, and no line follows it")
		}
	}
	columns, err := newColumnDecoder(header, rr.unknown)
	if err != nil {
		return nil, err
	}
	rr.decode, rr.isRow, rr.filler = columns.decode, columns.isRow, " ,"+separators
	return rr, nil
}

// Next returns the next contact and its line. A *RowError rejects that line
// alone; io.EOF ends the input; any other error is the input's own.
func (rr *RowReader) Next() (contacts.Row, int, error) {
	text, line, err := rr.line()
	for err == nil && len(bytes.Trim(text, rr.filler)) == 0 { // rows below the last, as spreadsheets leave them behind
		text, line, err = rr.line()
	}
	if err != nil {
		return contacts.Row{}, line, err
	}
	f, err := rr.decode(text)
	if errors.Is(err, errOpenQuote) {
		f, err = rr.decodeAcross(text)
	}
	if err != nil {
		return contacts.Row{}, line, &RowError{line, err.Error()}
	}
	row, err := rr.row(f)
	if err != nil {
		return contacts.Row{}, line, &RowError{line, err.Error()}
	}
	return row, line, nil
}

// Ignored tells what was passed over until now because the hub does not know it,
// in the order of the file.
func (rr *RowReader) Ignored() []Ignored { return rr.unknown.all() }

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

func (d *objectDecoder) decode(line []byte) (fields, error) {
	var f fields
	d.in.Reset(line)
	d.dec.Reset(&d.in)
	if token, err := d.dec.ReadToken(); err != nil || token.Kind() != '{' {
		return f, errNoObject
	}
	var seen [columnCount]bool
	for d.dec.PeekKind() != '}' {
		key, err := d.dec.ReadToken()
		if err != nil {
			return f, errNoObject
		}
		name := key.String()
		col, known := columnNamed(name)
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
		case value.Kind() == '[' && col == colAttemptsBefore:
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

// separators are those beside the comma; spreadsheets write ; where that is decimal.
const separators = ";\t|"

// columnDecoder reads one row of CSV. Lines are taken one by one, so that a stray
// quote costs its own line and not the rest of the file (decodeAcross).
type columnDecoder struct {
	columns []int // by position; or one of the following
	in      bytes.Reader
	csv     *csv.Reader
	unknown *unknown
}

// What stands in the place of a column that is none of ours.
const (
	foreign = -1 - iota
	nameless
)

func newColumnDecoder(header []byte, unknown *unknown) (*columnDecoder, error) {
	d := &columnDecoder{unknown: unknown}
	d.begin(',')
	if !bytes.ContainsRune(header, ',') {
		for _, comma := range separators {
			if bytes.ContainsRune(header, comma) {
				d.csv.Comma = comma
				break
			}
		}
	}
	names, err := d.record(header)
	if err != nil {
		return nil, HeaderError("the first line does not name columns: " + err.Error())
	}
	have := &unknown.have
	for _, name := range names {
		col, ok := columnNamed(name)
		switch {
		case ok && have[col]:
			return nil, HeaderError("the first line names " + columnNames[col] + " twice")
		case ok:
			have[col] = true
		case strings.TrimSpace(name) == "":
			col = nameless
		default:
			col = foreign
			unknown.note(name)
		}
		d.columns = append(d.columns, col)
	}
	var missing []string
	for _, col := range []int{colContactID, colCampaignID, colPhoneNumber} {
		if !have[col] {
			missing = append(missing, columnNames[col]+unknown.hint(col))
		}
	}
	if missing != nil {
		return nil, HeaderError("the first line must name the columns; missing: " + strings.Join(missing, ", "))
	}
	return d, nil
}

// harmless are columns that say nothing of when, how and by whom somebody may be called.
var harmless = []int{colName, colQueue, colAccountNumber, colPriority} //nolint:gochecknoglobals // a constant

// isRow reports whether what stands before the first quote of a line, or all of it, is a
// contact by itself: it has a number where one belongs.
func (d *columnDecoder) isRow(line []byte) bool {
	before, _, _ := bytes.Cut(line, []byte(`"`))
	cells := strings.Split(string(before), string(d.csv.Comma))
	at := slices.Index(d.columns, colPhoneNumber)
	return at < len(cells) && strings.ContainsFunc(cells[at], unicode.IsDigit) && len(strings.TrimSpace(cells[at])) >= leastDigits
}

// leastDigits is as many as a number in a list has at least, with its marks.
const leastDigits = 7

var errEncoding = errors.New("is not in UTF-8, but in an encoding like Windows-1252: save the file as CSV UTF-8")

func (d *columnDecoder) decode(line []byte) (fields, error) {
	var f fields
	if !utf8.Valid(line) {
		return f, errEncoding
	}
	values, err := d.record(line)
	if err != nil {
		return f, err
	}
	if len(values) > len(d.columns) {
		return f, fmt.Errorf("has %d fields, the first line names %d", len(values), len(d.columns))
	}
	for _, col := range d.columns[len(values):] { // what a line leaves out at its end is blank, where that harms nobody
		if col >= 0 && !slices.Contains(harmless, col) {
			return f, fmt.Errorf("has %d fields, the first line names %d: %s may not be left out", len(values), len(d.columns), columnNames[col])
		}
	}
	for i, col := range d.columns[:len(values)] {
		switch {
		case col >= 0:
			f[col] = strings.ReplaceAll(values[i], "\n", " ")
		case col == nameless && strings.TrimSpace(values[i]) != "": // not the commas that a spreadsheet leaves behind
			d.unknown.note("#" + strconv.Itoa(i+1))
		}
	}
	return f, nil
}

func (d *columnDecoder) begin(comma rune) {
	d.csv = csv.NewReader(&d.in)
	d.csv.Comma, d.csv.FieldsPerRecord, d.csv.ReuseRecord = comma, -1, true
}

// record parses one row. The csv.Reader is used again for each: it sees the end of
// its input and, fed anew, goes on.
func (d *columnDecoder) record(row []byte) ([]string, error) {
	d.in.Reset(plainText(row))
	values, err := d.csv.Read()
	if err == nil {
		return values, nil
	}
	d.begin(d.csv.Comma) // the old one may have read ahead
	switch {
	case errors.Is(err, csv.ErrQuote) && bytes.Count(row, []byte(`"`))%2 == 1:
		return nil, errOpenQuote
	case errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote):
		return nil, errQuote
	}
	return nil, errors.New("is no line of CSV")
}
