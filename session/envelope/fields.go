package envelope

import (
	"slices"
	"strconv"
	"strings"
)

// Fields are the keys of a request's data object. Keys are matched in any
// ASCII letter case and by their aliases; values are strings, numbers or
// booleans as they arrived.
type Fields struct {
	list []field
}

type field struct {
	key  string // folded to lower case, an alias replaced by its first name
	kind byte   // one of the kinds below
	text string // the string's value; everything else as written
	sub  Fields // kindObject
}

const (
	kindString   = 's'
	kindNumber   = 'n'
	kindBool     = 'b'
	kindNull     = '0'
	kindObject   = '{'
	kindArray    = '['
	kindConflict = 'x' // given twice with different values: nothing may be read from it
)

// AgentKey is the name by which a request says whose it is; all its published
// spellings are aliases of each other.
const AgentKey = "UserID"

// alias gives the first name of a folded key, "" if it has none.
func alias(key string) string {
	switch key {
	case "userid", "agentid":
		return "userid"
	case "accountnumber", "lcmkey":
		return "accountnumber"
	}
	return ""
}

// fold lowers ASCII letters and nothing else: strings.EqualFold would let
// U+017F pass for an s.
func fold(s string) string {
	for i := range len(s) {
		if lower(s[i]) != s[i] {
			return string(AppendFolded(make([]byte, 0, len(s)), s))
		}
	}
	return s
}

// AppendFolded appends a word as all its spellings are compared: in lower case, of
// ASCII letters alone.
func AppendFolded(dst []byte, word string) []byte {
	for i := range len(word) {
		dst = append(dst, lower(word[i]))
	}
	return dst
}

// EqualFold reports whether two words differ in the case of ASCII letters alone.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Has reports whether the key is there, with any value.
func (f Fields) Has(name string) bool { return f.find(name) != nil }

// Keys gives all keys, in lower case and an alias by its first name, in the
// order they were sent.
func (f Fields) Keys() []string {
	keys := make([]string, len(f.list))
	for i, v := range f.list {
		keys[i] = v.key
	}
	return keys
}

// Text gives the value of the first of the names that is there, as text: a
// string's value, or a number as it was written. Aliases of a name need not be
// listed. It is an error if the value is neither, or if two of the names are
// there and differ.
func (f Fields) Text(names ...string) (string, bool, error) {
	var got *field
	var by string
	for _, name := range names {
		v := f.find(name)
		switch {
		case v == nil:
			continue
		case v.kind != kindString && v.kind != kindNumber:
			return "", false, Refuse(CodeInvalidMessage, name+" must be a string or a number")
		case got != nil && got.text != v.text:
			return "", false, Refuse(CodeInvalidMessage, by+" and "+name+" differ")
		}
		got, by = v, name
	}
	if got == nil {
		return "", false, nil
	}
	return got.text, true, nil
}

// Int gives the value of a whole number, sent as number or string.
func (f Fields) Int(names ...string) (int64, bool, error) {
	text, ok, err := f.Text(names...)
	if !ok {
		return 0, false, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false, Refuse(CodeInvalidMessage, names[0]+" must be a whole number")
	}
	return n, true, nil
}

// Bool gives true or false, sent as boolean or as string.
func (f Fields) Bool(name string) (value, ok bool, err error) {
	v := f.find(name)
	if v == nil {
		return false, false, nil
	}
	if v.kind == kindBool || v.kind == kindString {
		if EqualFold(v.text, "true") {
			return true, true, nil
		}
		if EqualFold(v.text, "false") {
			return false, true, nil
		}
	}
	return false, false, Refuse(CodeInvalidMessage, name+" must be true or false")
}

// Object gives the fields of a nested object.
func (f Fields) Object(name string) (Fields, bool) {
	v := f.find(name)
	if v == nil || v.kind != kindObject {
		return Fields{}, false
	}
	return v.sub, true
}

func (f Fields) find(name string) *field {
	switch { // the first name of an alias, and no allocation
	case EqualFold(name, "agentid"):
		name = "userid"
	case EqualFold(name, "lcmkey"):
		name = "accountnumber"
	}
	for i := range f.list {
		if EqualFold(f.list[i].key, name) {
			return &f.list[i]
		}
	}
	return nil
}

// AppendCanonical encodes all fields so that two requests give the same bytes if
// and only if they say the same: keys sorted, folded and by their first name, the
// types a client may choose between (5 and "5", true and "true") made one.
func (f Fields) AppendCanonical(dst []byte) []byte {
	list := f.list
	byKey := func(a, b field) int { return strings.Compare(a.key, b.key) }
	if !slices.IsSortedFunc(list, byKey) {
		list = slices.SortedFunc(slices.Values(list), byKey)
	}
	dst = append(dst, '{')
	for i := range list {
		v := &list[i]
		dst = strconv.AppendQuote(dst, v.key)
		dst = append(dst, ':')
		switch v.kind {
		case kindObject:
			dst = v.sub.AppendCanonical(dst)
		case kindString, kindNumber, kindBool:
			dst = strconv.AppendQuote(dst, v.text)
		default:
			dst = append(dst, v.text...)
		}
		dst = append(dst, ',')
	}
	return append(dst, '}')
}

// same reports whether two values under one key agree. The envelope's own
// words are compared as they are matched, in any letter case.
func same(a, b *field, anyCase bool) bool {
	if a.kind == kindObject && b.kind == kindObject {
		return string(a.sub.AppendCanonical(nil)) == string(b.sub.AppendCanonical(nil))
	}
	if scalar(a.kind) != scalar(b.kind) || !scalar(a.kind) && a.kind != b.kind {
		return false
	}
	return a.text == b.text || anyCase && EqualFold(a.text, b.text)
}

func scalar(kind byte) bool { return kind == kindString || kind == kindNumber || kind == kindBool }
