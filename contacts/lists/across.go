package lists

import (
	"bytes"
	"errors"

	"agenthub/contacts/lists/sheet"
)

// What is wrong with quotes: errOpenQuote may be mended by what follows.
var (
	errQuote     = errors.New("a quote is not closed or stands inside a field")
	errOpenQuote = errors.New(errQuote.Error())
)

// mostBreaks bounds the line breaks of a row's cells, and so what a stray quote costs.
const mostBreaks = 10

// ahead is a line that was read for the row before, which did not need it.
type ahead struct {
	text []byte
	line int
	err  error
}

// line is the next line, or the next of those read ahead.
func (rr *RowReader) line() ([]byte, int, error) {
	if len(rr.ahead) == 0 {
		return rr.lines.Next()
	}
	next := rr.ahead[0]
	rr.ahead = rr.ahead[1:]
	return next.text, next.line, next.err
}

// decodeAcross reads a row whose quoted cell goes on in the next lines. A quote that
// none of them closes costs the row's first line alone: the others are read again.
func (rr *RowReader) decodeAcross(first []byte) (Cells, error) {
	whole := bytes.Clone(first)
	var read []ahead
	for len(read) < mostBreaks && len(whole) < sheet.MaxLine {
		text, line, err := rr.line()
		read = append(read, ahead{bytes.Clone(text), line, err})
		if err != nil || rr.isRow(text) {
			break
		}
		whole = append(append(whole, '\n'), text...)
		f, err := rr.decode(whole)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, errOpenQuote) {
			break
		}
	}
	rr.ahead = append(read, rr.ahead...)
	return Cells{}, errQuote
}
