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

	"agenthub/contacts/lists/headers"
)

// separators, the likeliest first; spreadsheets write ; where the comma is decimal.
const separators = ",;\t|"

// columnDecoder reads one row of CSV. Lines are taken one by one, so that a stray
// quote costs its own line and not the rest of the file (decodeAcross).
type columnDecoder struct {
	names   []string        // as the first line has them
	fields  []headers.Field // by position; headers.None where nobody reads it
	parts   []int           // the positions of a name, in the order they are said
	bare    bool            // no line names the columns
	mapped  []Mapped        // read for fields of other names
	found   headers.Found   // where they stand
	in      bytes.Reader
	csv     *csv.Reader
	unknown *unknown
}

// header reads the line that names the columns, or does without.
func (rr *RowReader) header(first []byte) error {
	d := &columnDecoder{unknown: rr.unknown}
	line, candidates := 1, separators
	if mark, ok := bytes.CutPrefix(first, []byte("sep=")); ok && len(mark) == 1 { // as spreadsheets do
		var err error
		candidates = string(mark)
		if first, line, err = rr.lines.Next(); err != nil {
			return HeaderError("the first line names a separator, and no line follows it")
		}
	}
	if columns, bare := headers.Bare(rr.Columns.Layout); bare {
		rr.ahead = []ahead{{bytes.Clone(first), line, nil}}
		d.bare = true
		d.begin(commonest(first, candidates))
		return rr.begin(d, columns)
	}
	names, err := rr.columnNames(d, first, candidates)
	if err != nil {
		return err
	}
	if what := notColumns(names, rr.Options); what != "" {
		return what
	}
	return rr.begin(d, names)
}

// commonest is the separator that a row has most of.
func commonest(row []byte, candidates string) rune {
	best, most := rune(candidates[0]), 0
	for _, comma := range candidates {
		if n := bytes.Count(row, []byte(string(comma))); n > most {
			best, most = comma, n
		}
	}
	return best
}

// columnNames reads the line by the separator that gives most columns of contacts, and of
// those most columns. A name may go over lines.
func (rr *RowReader) columnNames(d *columnDecoder, first []byte, candidates string) ([]string, error) {
	line, most, best := bytes.Clone(first), -1, []string(nil)
	var failed error
	var comma rune
	for range mostBreaks {
		for _, candidate := range candidates {
			d.begin(candidate)
			names, err := d.record(line)
			if err != nil {
				if failed == nil || errors.Is(err, errOpenQuote) {
					failed = err
				}
				continue
			}
			found, _ := headers.Find(names, headers.Asked{Columns: rr.Columns.Columns})
			n := len(names)
			for _, at := range found.Of {
				n += len(at) << 10
			}
			if n > most {
				most, best, comma = n, slices.Clone(names), candidate
			}
		}
		if best != nil {
			d.begin(comma)
			return best, nil
		}
		if !errors.Is(failed, errOpenQuote) {
			break
		}
		next, _, err := rr.lines.Next()
		if err != nil || len(line)+len(next) > len(first)+1<<12 {
			break
		}
		line = append(append(line, ' '), next...)
	}
	return nil, HeaderError("the first line does not name columns: " + failed.Error())
}

// begin settles which column is read for which field.
func (rr *RowReader) begin(d *columnDecoder, names []string) error {
	found, err := headers.Find(names, rr.Columns)
	if err != nil {
		return HeaderError(err.Error())
	}
	d.names, d.found, d.fields = names, found, make([]headers.Field, len(names))
	for i := range d.fields {
		d.fields[i] = headers.None
	}
	have := &rr.unknown.have
	for field, at := range found.Of {
		field := headers.Field(field)
		own := 0
		for _, i := range at {
			d.fields[i], have[field] = field, true
			if _, asked := rr.Columns.Columns[field]; !asked && strings.EqualFold(headers.Plain(names[i]), field.String()) {
				own++
				continue
			}
			d.mapped = append(d.mapped, Mapped{fit(names[i]), field.String()})
		}
		if own > 1 {
			return HeaderError("the first line names " + field.String() + " twice")
		}
	}
	if at := found.CountryCode; at >= 0 {
		d.mapped = append(d.mapped, Mapped{fit(names[at]), headers.Prefix.String()})
		have[headers.Prefix] = true
	}
	d.parts = found.Of[headers.Name]
	for i, field := range d.fields {
		if field == headers.None && !d.bare && i != found.CountryCode && strings.TrimSpace(names[i]) != "" {
			rr.unknown.note(names[i])
		}
	}
	if err := rr.required(d); err != nil {
		return err
	}
	rr.columns, rr.decode, rr.isRow, rr.filler = d, d.decode, d.isRow, " "+separators
	return nil
}

// required refuses a file without the columns that make a contact.
func (rr *RowReader) required(d *columnDecoder) error {
	var missing []string
	for _, field := range []headers.Field{headers.ContactID, headers.CampaignID, headers.PhoneNumber} {
		if rr.unknown.have[field] || field == headers.CampaignID && rr.Campaign != "" {
			continue
		}
		if several := d.found.Ambiguous[field]; several != nil {
			var all []string
			for _, i := range several {
				all = append(all, fit(d.names[i])+" (#"+strconv.Itoa(i+1)+")")
			}
			return HeaderError(fmt.Sprintf("more than one column could be %s: %s; say which, as map %s=%s",
				field, strings.Join(all, ", "), field, "#"+strconv.Itoa(several[0]+1)))
		}
		missing = append(missing, field.String()+rr.unknown.hint(field))
	}
	if missing != nil {
		first, _, _ := strings.Cut(missing[0], " ")
		advice := "; say which column it is, as map " + first + "=COLUMN"
		if first == headers.CampaignID.String() {
			advice += ", or the campaign of all rows, as campaign"
		}
		return HeaderError("the first line must name the columns; missing: " + strings.Join(missing, ", ") + advice)
	}
	return nil
}

// harmless are columns that say nothing of when, how and by whom somebody may be called.
var harmless = []headers.Field{headers.Name, headers.Queue, headers.AccountNumber, headers.Priority} //nolint:gochecknoglobals // a constant

// isRow reports whether what stands before the first quote of a line, or all of it, is a
// contact by itself: it has a number where one belongs.
func (d *columnDecoder) isRow(line []byte) bool {
	before, _, _ := bytes.Cut(line, []byte(`"`))
	cells := strings.Split(string(before), string(d.csv.Comma))
	at := d.found.Of[headers.PhoneNumber][0]
	return at < len(cells) && strings.ContainsFunc(cells[at], unicode.IsDigit) && len(strings.TrimSpace(cells[at])) >= leastDigits
}

// leastDigits is as many as a number in a list has at least, with its marks.
const leastDigits = 7

var errHeaderAgain = errors.New("names the columns again, as where files were put together: it is no contact")

func (d *columnDecoder) decode(line []byte) (Cells, error) {
	var f Cells
	values, err := d.record(line)
	if err != nil {
		return f, err
	}
	if len(values) > len(d.fields) {
		return f, fmt.Errorf("has %d fields, the first line names %d", len(values), len(d.fields))
	}
	if slices.Equal(values, d.names) {
		return f, errHeaderAgain
	}
	for _, field := range d.fields[len(values):] { // what a line leaves out at its end is blank, where that harms nobody
		if field != headers.None && !d.bare && !slices.Contains(harmless, field) {
			return f, fmt.Errorf("has %d fields, the first line names %d: %s may not be left out", len(values), len(d.fields), field)
		}
	}
	for i, field := range d.fields[:len(values)] {
		switch {
		case field != headers.None && len(d.found.Of[field]) == 1:
			f[field] = strings.ReplaceAll(values[i], "\n", " ")
		case field == headers.None && strings.TrimSpace(d.names[i]) == "" && strings.TrimSpace(values[i]) != "": // not the commas that a spreadsheet leaves behind
			d.unknown.note("#" + strconv.Itoa(i+1))
		}
	}
	d.together(&f, values)
	return f, nil
}

// together puts together what stands in several columns.
func (d *columnDecoder) together(f *Cells, values []string) {
	if len(d.parts) > 1 {
		var said []string
		for _, i := range d.parts {
			if i < len(values) && strings.TrimSpace(values[i]) != "" {
				said = append(said, strings.TrimSpace(strings.ReplaceAll(values[i], "\n", " ")))
			}
		}
		f[headers.Name] = strings.Join(said, " ")
	}
	if at := d.found.CountryCode; at >= 0 && at < len(values) {
		code := strings.TrimSpace(values[at])
		if code != "" && code[0] >= '1' && code[0] <= '9' {
			code = "+" + code
		}
		f[headers.Prefix] = code
	}
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
	case errors.Is(err, io.EOF):
		return nil, errQuote
	}
	return nil, errors.New("is no line of CSV")
}
