// Package sheet is a file as somebody sends it, whatever program wrote it: packed or
// not, in any of the encodings of the trade, with any end of a line. Out come lines in
// UTF-8, in bounded memory however long the file or a line of it is. It knows nothing
// of what stands in the lines.
package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Error says why what was sent is no text that can be read, and what to do.
type Error string

func (e Error) Error() string { return string(e) }

// seen is how much of the beginning is looked at.
const seen = 4 << 10

// others are files that are no text, by their first bytes.
var others = []struct{ begin, is string }{ //nolint:gochecknoglobals // a constant
	{"\xd0\xcf\x11\xe0", "is an Excel workbook (.xls): save it as CSV UTF-8"},
	{"%PDF", "is a PDF: it holds pages, no rows; ask its maker for a CSV"},
	{"7z\xbc\xaf\x27\x1c", "is packed as 7z: unpack it first (gzip and zip are read as they are)"},
	{"Rar!", "is packed as RAR: unpack it first (gzip and zip are read as they are)"},
	{"BZh", "is packed as bzip2: unpack it first (gzip and zip are read as they are)"},
	{"\xfd7zXZ", "is packed as xz: unpack it first (gzip and zip are read as they are)"},
	{"\x28\xb5\x2f\xfd", "is packed as zstd: unpack it first (gzip and zip are read as they are)"},
	{"PAR1", "is a Parquet file: export it as CSV"},
	{"SQLite format 3", "is an SQLite database: export the table as CSV"},
	{"{\\rtf", "is a text of a word processor (.rtf): save it as plain text"},
	{"<!doctype html", "is a page, perhaps one that asks to sign in, and no file: fetch the file again"},
	{"<html", "is a page, perhaps one that asks to sign in, and no file: fetch the file again"},
	{"<?xml", "is XML: export it as CSV"},
	{"begin:vcard", "is a vCard: export the contacts as CSV"},
}

// open unpacks the file and gives its text in UTF-8, but for lines in Windows-1252, which
// look like ASCII for long.
func open(r io.Reader) (io.Reader, string, error) {
	sent := &counted{in: r}
	in := bufio.NewReaderSize(sent, seen)
	begin, _ := in.Peek(seen)
	var plain io.Reader
	var err error
	switch {
	case bytes.HasPrefix(begin, []byte("\x1f\x8b")):
		plain, err = newGzip(in)
	case bytes.HasPrefix(begin, []byte("PK\x03\x04")):
		plain, err = newZip(in)
	case bytes.HasPrefix(begin, []byte("PK\x05\x06")):
		err = Error("is a zip without a file in it")
	default:
		return decoded(in)
	}
	if err != nil {
		return nil, "", err
	}
	in = bufio.NewReaderSize(&bounded{in: plain, sent: sent}, seen)
	begin, err = in.Peek(seen)
	if fault, ok := errors.AsType[Error](err); ok {
		return nil, "", fault
	}
	if bytes.HasPrefix(begin, []byte("\x1f\x8b")) || bytes.HasPrefix(begin, []byte("PK\x03\x04")) {
		return nil, "", Error("is a packed file within a packed file: unpack the outer one first")
	}
	return decoded(in)
}

// decoded finds the encoding by looking.
func decoded(in *bufio.Reader) (io.Reader, string, error) {
	begin, _ := in.Peek(seen)
	small := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\ufeff")), " \t\r\n"))
	for _, other := range others {
		if bytes.HasPrefix(begin, []byte(other.begin)) || bytes.HasPrefix(small, []byte(other.begin)) {
			return nil, "", Error(other.is)
		}
	}
	wide := func(order unicode.Endianness, mark unicode.BOMPolicy) (io.Reader, string, error) {
		return transform.NewReader(in, unicode.UTF16(order, mark).NewDecoder()), "UTF-16", nil
	}
	switch {
	case bytes.HasPrefix(begin, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(begin, []byte("\x00\x00\xfe\xff")):
		return nil, "", Error("is in UTF-32: save it as CSV UTF-8")
	case bytes.HasPrefix(begin, []byte("\xff\xfe")), bytes.HasPrefix(begin, []byte("\xfe\xff")): // what a spreadsheet calls Unicode text
		return wide(unicode.LittleEndian, unicode.ExpectBOM)
	case bytes.HasPrefix(begin, []byte("\ufeff")):
		_, _ = in.Discard(len("\ufeff"))
		return in, "UTF-8", nil
	}
	// ASCII in UTF-16 has a zero in each pair, always on the same side.
	var zeros [2]int
	controls := 0
	for i, c := range begin {
		if c == 0 {
			zeros[i%2]++
		}
		if c < '\t' || c > '\r' && c < ' ' {
			controls++
		}
	}
	switch most := len(begin) / 2; {
	case most > 0 && zeros[1]*10 > most*6 && zeros[0]*20 < most:
		return wide(unicode.LittleEndian, unicode.IgnoreBOM)
	case most > 0 && zeros[0]*10 > most*6 && zeros[1]*20 < most:
		return wide(unicode.BigEndian, unicode.IgnoreBOM)
	case controls*20 > len(begin):
		return nil, "", Error("is no text: save it as CSV UTF-8")
	}
	return in, "UTF-8", nil
}
