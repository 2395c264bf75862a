package sheet

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read gives all lines of a file, and what ended them if it was no end.
func read(tb testing.TB, in io.Reader) (lines []string, refused []RowError, err error) {
	tb.Helper()
	l, err := NewLines(in)
	if err != nil {
		return nil, nil, err
	}
	for {
		text, line, err := l.Next()
		if rowErr, bad := errors.AsType[*RowError](err); bad {
			refused = append(refused, *rowErr)
			continue
		}
		if errors.Is(err, io.EOF) {
			return lines, refused, nil
		}
		if err != nil {
			return lines, refused, err
		}
		if len(text) > 3*MaxLine || line < len(lines) {
			tb.Fatalf("line %d has %d bytes", line, len(text))
		}
		lines = append(lines, string(text))
	}
}

// gzipped packs n bytes of one line each.
func gzipped(tb testing.TB, in io.Reader) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = io.Copy(w, in)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// zipped packs files as archive/zip does, with sizes after the data.
func zippedFiles(tb testing.TB, files ...string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// endless is n bytes of lines that pack to almost nothing.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.n))
	e.n -= int64(n)
	for i := range n {
		p[i] = "0000000000\n"[i%11]
	}
	return n, nil
}

func TestWhatIsPackedIsUnpackedWithinLimits(t *testing.T) {
	const text = "a,b\nc,d\n"
	bomb := gzipped(t, &endless{64 << 20})
	bare := zippedFiles(t, "list.csv", text)
	for name, tt := range map[string]struct {
		in   []byte
		want string // lines, or the beginning of the error
	}{
		"gzip":                     {gzipped(t, strings.NewReader(text)), "a,b|c,d"},
		"two gzips in a row":       {append(gzipped(t, strings.NewReader(text)), gzipped(t, strings.NewReader("e,f\n"))...), "a,b|c,d|e,f"},
		"zip":                      {bare, "a,b|c,d"},
		"a folder before":          {zippedFiles(t, "folder/", "", "folder/list.csv", text), "a,b|c,d"},
		"an empty file":            {zippedFiles(t, "list.csv", ""), ""},
		"a bomb":                   {bomb, "unpacks to more than 250 times"},
		"a bomb in gzip":           {gzipped(t, bytes.NewReader(bomb)), "is a packed file within"},
		"a zip in gzip":            {gzipped(t, bytes.NewReader(bare)), "is a packed file within"},
		"two files":                {zippedFiles(t, "a.csv", text, "b.csv", text), "is a zip with more than one file"},
		"no file":                  {zippedFiles(t), "is a zip without a file"},
		"folders alone":            {zippedFiles(t, "folder/", ""), "is a zip without a file"},
		"cut":                      {bare[:40], "is damaged"},
		"cut after the data":       {bare[:30+8+len(text)], "is damaged"},
		"another byte":             {append(append(bytes.Clone(bare[:40]), bare[40]^0x55), bare[41:]...), "is damaged"},
		"a workbook":               {zippedFiles(t, "_rels/.rels", "", "xl/workbook.xml", ""), "is an Excel workbook"},
		"a document":               {zippedFiles(t, "mimetype", "application/vnd.oasis"), "is a document"},
		"a checksum that is wrong": {damaged(gzipped(t, strings.NewReader(text))), "is damaged"},
	} {
		for how, in := range map[string]io.Reader{"at once": bytes.NewReader(tt.in), "byte by byte": iotest.OneByteReader(bytes.NewReader(tt.in))} {
			if len(tt.in) > 1<<12 && how != "at once" {
				continue
			}
			lines, refused, err := read(t, in)
			got := strings.Join(lines, "|")
			if _, ok := errors.AsType[Error](err); ok {
				got = err.Error()
			} else if err != nil {
				t.Errorf("%s, %s: %v is no Error", name, how, err)
			}
			if !strings.HasPrefix(got, tt.want) || err == nil && got != tt.want || len(refused) > 0 {
				t.Errorf("%s, %s: %.80q, refused %v; want %q", name, how, got, refused, tt.want)
			}
		}
	}
}

// damaged has another checksum.
func damaged(packed []byte) []byte {
	packed[len(packed)-6] ^= 1
	return packed
}

// A connection that breaks is no damaged file: who sends it may try again.
func TestBrokenConnectionIsTold(t *testing.T) {
	packed := gzipped(t, &endless{1 << 20})
	_, _, err := read(t, io.MultiReader(bytes.NewReader(packed[:len(packed)/2]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a,b\r\nc\rd\n"))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"))
	f.Add([]byte("Jos\xe9\nJos\xc3\xa9\n"))
	f.Add(zippedFiles(f, "folder/", "", "list.csv", "a,b\n"))
	f.Add(zippedFiles(f, "a", "1\n", "b", "2\n"))
	f.Add(gzipped(f, strings.NewReader("a\nb\n")))
	f.Fuzz(func(t *testing.T, in []byte) {
		lines, _, err := read(t, bytes.NewReader(in))
		if _, ok := errors.AsType[Error](err); err != nil && !ok {
			t.Fatalf("%v from a reader that never fails", err)
		}
		for _, line := range lines {
			if strings.ContainsAny(line, "\r\n") || strings.TrimSpace(line) == "" {
				t.Fatalf("line %q", line)
			}
		}
	})
}
