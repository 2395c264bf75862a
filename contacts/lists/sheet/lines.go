package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// MaxLine bounds what one line can cost, whoever sends it.
const MaxLine = 64 << 10

// RowError is one line that was not taken, and why. It never quotes a number.
type RowError struct {
	Line int    `json:"line"`
	Err  string `json:"error"`
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Err) }

// Lines cuts a text into lines, counts them and gives them in UTF-8.
type Lines struct {
	in   *bufio.Reader
	line int
	out  []byte
	wide bool // a line had letters beyond ASCII, in UTF-8

	Encoding string // of the lines until now, as people call it: UTF-8, UTF-16 or Windows-1252
}

// NewLines starts at the first line. An error is an Error: what was sent is no text.
func NewLines(r io.Reader) (*Lines, error) {
	text, encoding, err := open(r)
	if err != nil {
		return nil, err
	}
	return &Lines{in: bufio.NewReaderSize(&lineEnds{in: text}, MaxLine), Encoding: encoding}, nil
}

// lineEnds makes one end of a line of all there are: CR, LF and CR LF.
type lineEnds struct {
	in io.Reader
	cr bool // the last byte was one
}

func (e *lineEnds) Read(p []byte) (int, error) {
	for {
		n, err := e.in.Read(p)
		out := p[:0]
		for _, c := range p[:n] {
			if c != '\n' || !e.cr {
				out = append(out, c)
			}
			if e.cr = c == '\r'; e.cr {
				out[len(out)-1] = '\n'
			}
		}
		if len(out) > 0 || err != nil {
			return len(out), err //nolint:wrapcheck // the input's own
		}
	}
}

// Next returns the next line that is not blank, without its end, and its
// number. The text is valid until the next call. A *RowError is a line too
// long, which was passed over, or one in an encoding that nobody can tell.
func (l *Lines) Next() ([]byte, int, error) {
	for {
		text, err := l.in.ReadSlice('\n')
		if len(text) == 0 && err != nil {
			return nil, l.line, err
		}
		l.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, l.line, l.passOver()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, l.line, err // a line that was cut off is not taken for a whole one
		}
		text, err = l.utf8(bytes.TrimSuffix(text, []byte("\n"))) // a tab at the end is a blank cell
		if err != nil || len(bytes.TrimSpace(text)) > 0 {
			return text, l.line, err
		}
	}
}

// passOver reads to the end of a line that is too long.
func (l *Lines) passOver() error {
	for {
		_, err := l.in.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return &RowError{l.line, fmt.Sprintf("longer than %d bytes", MaxLine)}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// unassigned reports whether a byte is no letter of Windows-1252.
func unassigned(c byte) bool { return strings.IndexByte("\x81\x8d\x8f\x90\x9d", c) >= 0 }

// utf8 brings a line into UTF-8. One that is none is Windows-1252, as spreadsheets of the
// West write it, unless a line before had letters in UTF-8: then it is damaged.
func (l *Lines) utf8(line []byte) ([]byte, error) {
	if utf8.Valid(line) {
		l.wide = l.wide || len(line) > utf8.RuneCount(line)
		return line, nil
	}
	if l.wide || slices.ContainsFunc(line, unassigned) {
		return nil, &RowError{l.line, "is not in UTF-8, nor all of the file in Windows-1252: save it as CSV UTF-8"}
	}
	l.Encoding = "Windows-1252"
	l.out = l.out[:0]
	for _, c := range line {
		l.out = utf8.AppendRune(l.out, charmap.Windows1252.DecodeByte(c))
	}
	return l.out, nil
}
