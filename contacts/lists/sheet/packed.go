package sheet

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"path"
	"strings"
)

// How much more than a file's size it may unpack to. A list with the same number a
// million times comes to about 100; what is made to fill a memory to 1,000.
const (
	mostRatio = 250
	freeSize  = 8 << 20 // unpacked, before anybody counts
)

// counted counts what was sent.
type counted struct {
	in    io.Reader
	n     int64
	whole bool // it came to its end
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	c.whole = c.whole || errors.Is(err, io.EOF)
	return n, err //nolint:wrapcheck // the input's own
}

// bounded ends a pack that unpacks to far more than it is.
type bounded struct {
	in   io.Reader
	sent *counted
	out  int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.out += int64(n)
	if b.out > freeSize && b.out > mostRatio*b.sent.n {
		return 0, Error("unpacks to more than 250 times its size, which no list does: it was not read to its end")
	}
	if _, cut := errors.AsType[flate.CorruptInputError](err); cut || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		b.sent.whole && errors.Is(err, io.ErrUnexpectedEOF) {
		err = errDamaged
	}
	return n, err //nolint:wrapcheck // the input's own
}

const errDamaged = Error("is damaged: it cannot be unpacked to its end")

func newGzip(in *bufio.Reader) (io.Reader, error) {
	plain, err := gzip.NewReader(in)
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}

// A zip as PKWARE's APPNOTE 6.3.10 describes it, read from its beginning: its directory
// stands at the end, where a stream has nothing to go back to.
const (
	zipFile       = 0x04034b50 // 4.3.7
	zipDirectory  = 0x02014b50 // 4.3.12
	zipDescriptor = 0x08074b50 // 4.3.9
	zipHeader     = 30
)

// entry is one file of a zip, to its end, where its checksum is held to it.
type entry struct {
	in    *bufio.Reader
	data  io.Reader
	sum   hash.Hash32
	want  uint32
	after bool // the checksum and sizes stand after the data
	aside bool // a folder, or what a Mac leaves beside each file
}

// nextEntry begins the next file; io.EOF is the directory, which ends them.
func nextEntry(in *bufio.Reader) (*entry, error) {
	if sign, _ := in.Peek(4); len(sign) == 4 && binary.LittleEndian.Uint32(sign) != zipFile {
		return nil, io.EOF
	}
	var h [zipHeader]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		return nil, errDamaged
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint16(h[at:])) }
	flags, method, size := word(6), word(8), binary.LittleEndian.Uint32(h[18:])
	rest := make([]byte, word(26)+word(28))
	if _, err := io.ReadFull(in, rest); err != nil {
		return nil, errDamaged
	}
	name := string(rest[:word(26)])
	switch {
	case flags&1 != 0:
		return nil, Error("is a zip with a password: unpack it first")
	case name == "[Content_Types].xml", strings.HasPrefix(name, "xl/"), strings.HasPrefix(name, "_rels/"), strings.HasPrefix(name, "docProps/"):
		return nil, Error("is an Excel workbook (.xlsx): save it as CSV UTF-8")
	case name == "mimetype":
		return nil, Error("is a document (.ods, .odt or the like): save it as CSV UTF-8")
	}
	e := &entry{in: in, sum: crc32.NewIEEE(), want: binary.LittleEndian.Uint32(h[14:]), after: flags&8 != 0}
	e.aside = strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") || path.Base(name) == ".DS_Store"
	switch {
	case method == 8:
		e.data = flate.NewReader(in)
	case method == 0 && (!e.after || strings.HasSuffix(name, "/")):
		e.data = io.LimitReader(in, int64(size))
	default:
		return nil, Error("is a zip of a kind that cannot be read as it comes: pack it again, or unpack it")
	}
	return e, nil
}

func (e *entry) Read(p []byte) (int, error) {
	n, err := e.data.Read(p)
	_, _ = e.sum.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if err = e.end(); err == nil {
			err = io.EOF
		}
	}
	return n, err //nolint:wrapcheck // the input's own
}

// end looks at what follows the data of a file.
func (e *entry) end() error {
	if e.after {
		// Its signature may be left out, and its sizes have four or eight bytes.
		have, _ := e.in.Peek(4 + 4 + 8 + 8 + 4)
		number := func(at int) uint32 {
			if len(have) < at+4 {
				return 0
			}
			return binary.LittleEndian.Uint32(have[at:])
		}
		at := 0
		if number(0) == zipDescriptor {
			at = 4
		}
		e.want = number(at)
		at += 12
		if next := number(at); next != zipFile && next != zipDirectory {
			at += 8
		}
		if next := number(at); next != zipFile && next != zipDirectory {
			return errDamaged
		}
		_, _ = e.in.Discard(at)
		e.after = false // it was read
	}
	if e.want != e.sum.Sum32() {
		return errDamaged
	}
	return nil
}

// zipped reads the one file of a zip.
type zipped struct {
	in   *bufio.Reader
	file *entry
}

func newZip(in *bufio.Reader) (io.Reader, error) {
	file, err := nextFile(in)
	if errors.Is(err, io.EOF) {
		err = Error("is a zip without a file in it")
	}
	return &zipped{in, file}, err
}

// nextFile passes over what is none.
func nextFile(in *bufio.Reader) (*entry, error) {
	for {
		e, err := nextEntry(in)
		if err != nil || !e.aside {
			return e, err
		}
		if _, err := io.Copy(io.Discard, e); err != nil {
			return nil, errDamaged
		}
	}
}

func (z *zipped) Read(p []byte) (int, error) {
	n, err := z.file.Read(p)
	if errors.Is(err, io.EOF) {
		if _, err = nextFile(z.in); err == nil {
			err = Error("is a zip with more than one file: send each by itself, the first too")
		}
	}
	return n, err //nolint:wrapcheck // the input's own
}
