package lists

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// Files as other systems write them.
func TestFormsOfFiles(t *testing.T) {
	wide := func(order binary.AppendByteOrder, text string) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			b = order.AppendUint16(b, unit)
		}
		return string(b)
	}
	const plain = "contactId,campaignId,phoneNumber,name\nc1,k,+1 212 555 0123,José\nc2,k,+1 212 555 0124,\n"
	with := func(old, now string) string { return strings.ReplaceAll(plain, old, now) }
	for name, in := range map[string]string{
		"LF": plain, "CR": with("\n", "\r"), "CR LF": with("\n", "\r\n"), "CR CR LF": with("\n", "\r\r\n"), "no last end": strings.TrimSpace(plain),
		"pipes": with(",", "|"), "semicolons": with(",", ";"), "tabs": with(",", "\t"), "a separator named": "sep=;\r\n" + with(",", ";"),
		"UTF-8 with a mark": "\ufeff" + plain, "UTF-16LE, tabs": wide(binary.LittleEndian, with(",", "\t")), "UTF-16BE": wide(binary.BigEndian, plain), "Windows-1252": with("é", "\xe9"),
		"UTF-16LE without a mark": wide(binary.LittleEndian, plain)[2:], "UTF-16BE without a mark": wide(binary.BigEndian, plain)[2:],
	} {
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in))} {
			rows, refused, err := readRows(t, r, CSV)
			if err != nil || len(refused) != 0 || len(rows) != 2 || rows[0].Name != "José" || rows[1].E164 != "+12125550124" {
				t.Errorf("%s: %v, refused %v, %v", name, rows, refused, err)
			}
		}
	}
	if _, _, err := readRows(t, strings.NewReader("sep=;\n"), CSV); err == nil || !strings.Contains(err.Error(), "no line follows") {
		t.Errorf("a separator alone: %v", err)
	}
}

// endless is a line of n bytes that costs no memory to make.
type endless struct {
	n     int64
	asked int // the largest buffer it was asked to fill
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	e.asked = max(e.asked, len(p))
	n := min(int64(len(p)), e.n)
	e.n -= n
	return copy(p[:n], bytes.Repeat([]byte("x"), int(n))), nil
}

func TestGigabyteLineIsRefusedInBoundedMemory(t *testing.T) {
	good := `{"contactId":"c1","campaignId":"k","phoneNumber":"+1 212 555 0123"}` + "\n"
	long := &endless{n: 1 << 30}
	in := io.MultiReader(strings.NewReader(good), long, strings.NewReader("\n"+good))
	rows, refused, err := readRows(t, in, NDJSON)
	if err != nil || len(rows) != 2 || len(refused) != 1 || refused[0].Line != 2 {
		t.Fatalf("%d rows, refused %v, %v", len(rows), refused, err)
	}
	// Whoever keeps the line has a buffer that grows with it. The process' heap
	// says nothing: other tests fill and empty it meanwhile.
	if long.asked > 1<<20 {
		t.Fatalf("read into a buffer of %d KiB", long.asked>>10)
	}
}

// broken fails after its text.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestCutConnectionTakesNoHalfLine(t *testing.T) {
	in := "contactId,campaignId,phoneNumber\nc1,k,+1 212 555 0123\nc2,k,+1 212 555 01"
	rows, _, err := readRows(t, broken{strings.NewReader(in)}, CSV)
	if len(rows) != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%d rows, %v, want the first row and the reader's error", len(rows), err)
	}
}
