package keys

import (
	"strconv"
	"strings"
	"time"
)

// Unit stands between the parts of a packed field. No text of a contact has it.
const Unit = "\x1f"

// Millis writes a time as it stands in Redis: Unix ms, "" for none.
func Millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// Time reads what Millis wrote.
func Time(s string) time.Time {
	if s == "" { // most times are not set
		return time.Time{}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// Lag reads by how much a tenant's own clock is before the store's (lib/time.lua).
func Lag(ms string) time.Duration { return time.Duration(Int(ms)) * time.Millisecond }

// Int reads a count, 0 for "".
func Int(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// Lines are a token's campaigns in key form, each between line ends; "" is all.
// One argument, however many they are, is what a script reads fastest.
func Lines(names []string) string {
	if names == nil {
		return ""
	}
	var b strings.Builder
	b.WriteByte('\n')
	for _, n := range names {
		b.WriteString(Escape(n))
		b.WriteByte('\n')
	}
	return b.String()
}

// Names reads what Lines wrote.
func Names(lines string) []string {
	if lines == "" {
		return nil
	}
	names := []string{}
	for name := range strings.SplitSeq(lines[1:], "\n") {
		if name != "" {
			names = append(names, Unescape(name))
		}
	}
	return names
}

// Shown is what a holder sees of a contact and no script reads: its field im. The
// number is sealed by the vault.
type Shown struct{ Phone, Mode, Queue, Prefix, Suffix, Name string }

// Pack writes the field.
func (f Shown) Pack() string {
	return strings.Join([]string{f.Phone, f.Mode, f.Queue, f.Prefix, f.Suffix, f.Name}, Unit)
}

// UnpackShown reads the field; ok is false if it is none.
func UnpackShown(im string) (f Shown, ok bool) {
	for _, part := range []*string{&f.Phone, &f.Mode, &f.Queue, &f.Prefix, &f.Suffix} {
		if *part, im, ok = strings.Cut(im, Unit); !ok {
			return f, false
		}
	}
	f.Name = im
	return f, !strings.Contains(im, Unit)
}
