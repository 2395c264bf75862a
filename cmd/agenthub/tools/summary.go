package tools

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"agenthub/cmd/agenthub/command"
	"agenthub/contacts/lists"
	"agenthub/session/identity"
)

// fewLines is how many rows refused for one reason are told one by one; of more, the first of them are named.
const fewLines = 5

// summary gathers what was refused, by its reason.
type summary struct{ lines map[string][]int }

func newSummary() *summary { return &summary{map[string][]int{}} }

func (s *summary) reject(line int, why string) {
	if known := s.lines[why]; len(known) < fewLines && (known != nil || len(s.lines) < 1000) {
		s.lines[why] = append(known, line)
	}
}

// report tells the result on standard output, and on standard error how the file was
// understood and what was refused.
func (s *summary) report(done lists.Loaded, dryRun bool, rate int, std command.Streams) error {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(std.Err, format+"\n", args...) }
	if done.Encoding != "" && done.Encoding != "UTF-8" {
		say("the file is in %s", done.Encoding)
	}
	for _, m := range done.Mapped {
		say("column %q is read as %s", m.Column, m.Field)
	}
	for _, column := range done.Ignored {
		hint := ""
		if column.Meant != "" {
			hint = "; did you mean " + column.Meant + "?"
		}
		say("column %q is ignored%s", column.Column, hint)
	}
	for i, p := range done.Preview {
		say("row %d: %s", i+1, shown(p))
	}
	for _, why := range slices.Sorted(maps.Keys(done.Unplaced)) {
		say("%d persons cannot be placed: %s", done.Unplaced[why], why)
	}
	for _, field := range slices.Sorted(maps.Keys(done.Unread)) {
		say("%s says nothing in %d rows", field, done.Unread[field])
	}
	for _, why := range slices.Sorted(maps.Keys(done.Waiting)) {
		say("%d rows could not be called now: %s", done.Waiting[why], why)
	}
	s.refused(done.Reasons, say)
	form := "%d accepted, %d updated, %d rejected\n"
	if dryRun {
		form = "nothing is written; it would be: %d new, %d updated, %d refused\n"
	}
	_, err := fmt.Fprintf(std.Out, form, done.Accepted, done.Updated, done.RejectedTotal)
	if rate > 0 && done.Accepted+done.Updated > 1000 {
		say("%d rows a second", rate)
	}
	if done.RejectedTotal > 0 {
		return errors.Join(err, command.ErrSaid)
	}
	return err
}

// refused tells each reason: a few rows one by one, many in a line.
func (s *summary) refused(reasons map[string]int, say func(string, ...any)) {
	most := func(a, b string) int { return cmp.Or(reasons[b]-reasons[a], strings.Compare(a, b)) }
	for _, why := range slices.SortedFunc(maps.Keys(reasons), most) {
		n, lines := reasons[why], s.lines[why]
		if n == len(lines) {
			for _, line := range lines {
				say("line %d: %s", line, identity.Shown(why))
			}
			continue
		}
		at := ""
		if lines != nil {
			at = " (lines"
			for _, line := range lines {
				at += " " + strconv.Itoa(line) + ","
			}
			at += " …)"
		}
		say("%d rows: %s%s", n, identity.Shown(why), at)
	}
}

// shown is a row as it was understood.
func shown(p lists.Preview) string {
	var all []string
	for _, part := range []struct{ name, value string }{
		{"contactId", string(p.ContactID)},
		{"campaignId", string(p.CampaignID)},
		{"phoneNumber", p.PhoneNumber},
		{"name", p.Name},
		{"timeZone", p.TimeZone},
		{"region", p.Region},
		{"postalCode", p.PostalCode},
	} {
		if part.value != "" {
			all = append(all, part.name+" "+identity.Shown(part.value))
		}
	}
	return strings.Join(all, ", ")
}

// mostRejects bounds a file of refused rows.
const mostRejects = 1_000_000

// rejects is the file of refused rows, or none.
type rejects struct {
	file *os.File
	w    *bufio.Writer
	n    int
}

func openRejects(name string, more bool) (*rejects, error) {
	if name == "" {
		return &rejects{}, nil
	}
	how := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if more {
		how = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	file, err := os.OpenFile(name, how, 0o600) //nolint:gosec // the one that was asked for
	if err != nil {
		return nil, err
	}
	return &rejects{file: file, w: bufio.NewWriter(file)}, nil
}

func (r *rejects) write(line int, why string) {
	r.n++
	switch {
	case r.file == nil || r.n > mostRejects+1:
	case r.n > mostRejects:
		_, _ = r.w.WriteString("…\tmore were refused than stand here\n")
	default:
		_, _ = fmt.Fprintf(r.w, "%d\t%s\n", line, identity.Shown(why)) // an error is kept for close
	}
}

func (r *rejects) close() error {
	if r.file == nil {
		return nil
	}
	return errors.Join(r.w.Flush(), r.file.Close())
}
