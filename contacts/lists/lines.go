package lists

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Lines cuts its input into lines and counts them.
type Lines struct {
	in   *bufio.Reader
	line int
}

// NewLines starts at the first line.
func NewLines(r io.Reader) *Lines {
	in := bufio.NewReader(r)
	if mark, _ := in.Peek(2); string(mark) == "\xff\xfe" || string(mark) == "\xfe\xff" { // what a spreadsheet calls Unicode text
		r = transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	} else {
		r = in
	}
	return &Lines{in: bufio.NewReaderSize(&lineEnds{in: r}, maxLine)}
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
// long, which was passed over.
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
		if l.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(text)) > 0 {
			return bytes.TrimSuffix(text, []byte("\n")), l.line, nil // a tab at the end is a blank cell
		}
	}
}

// passOver reads to the end of a line that is too long.
func (l *Lines) passOver() error {
	for {
		_, err := l.in.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return &RowError{l.line, fmt.Sprintf("longer than %d bytes", maxLine)}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
