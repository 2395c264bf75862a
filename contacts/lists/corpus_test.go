package lists

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
)

// Files as the trade has them, and what becomes of each: testdata/want.txt has a section for
// every reading of a file, "== file" with what is said of it beside: as numbers or changes,
// map, layout, campaign.
func TestFilesOfTheTrade(t *testing.T) {
	text, err := os.ReadFile("testdata/want.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{"want.txt": true}
	for section := range strings.SplitSeq(strings.TrimPrefix("\n"+string(text), "\n== "), "\n== ") {
		title, want, _ := strings.Cut(section, "\n")
		words := strings.Fields(title)
		seen[words[0]] = true
		t.Run(title, func(t *testing.T) {
			if got := reading(t, words[0], words[1:]); got != strings.TrimRight(want, "\n")+"\n" {
				t.Errorf("got\n%s", got)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) < 41 {
		t.Fatal(err, len(files))
	}
	for _, file := range files {
		if !seen[filepath.Base(file)] {
			t.Errorf("%s has no section", file)
		}
	}
}

// reading is what becomes of a file, one line a row.
func reading(tb testing.TB, name string, said []string) string {
	tb.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	o := Options{Format: Auto, Region: "US", Zones: contactstest.Zones().Data()}
	as := "contacts"
	for _, word := range said {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "map":
			if err := o.Columns.Ask(value); err != nil {
				tb.Fatal(err)
			}
		case "layout":
			o.Columns.Layout = value
		case "campaign":
			o.Campaign = contacts.CampaignID(value)
		case "as":
			as = value
		default:
			tb.Fatalf("%s: %q", name, word)
		}
	}
	if as == "contacts" {
		return readContacts(file, o)
	}
	numbers := NewNumbers(file, o.Region)
	return readAll(func() (string, error) {
		if as == "changes" {
			number, deleted, _, err := numbers.NextChange()
			return fmt.Sprintf("%s deleted=%t", number.E164, deleted), err
		}
		number, _, err := numbers.Next()
		return number.E164, err
	})
}

func readContacts(in io.Reader, o Options) string {
	rows, err := NewRowReader(in, o)
	if err != nil {
		return err.Error() + "\n"
	}
	got := readAll(func() (string, error) {
		r, _, err := rows.Next()
		var more strings.Builder
		for _, part := range []string{r.TimeZone, r.Region, r.PostalCode, contacts.Stamp(r.NotBefore)} {
			if part != "" {
				more.WriteString(" " + part)
			}
		}
		return fmt.Sprintf("%s %s %s %q%s", r.ID, r.Campaign, r.E164, r.Name, more.String()), err
	})
	var head strings.Builder
	for _, m := range rows.Mapped() {
		fmt.Fprintf(&head, "%s is %s\n", m.Column, m.Field)
	}
	for _, column := range rows.Ignored() {
		fmt.Fprintf(&head, "%s is ignored", column.Column)
		if column.Meant != "" {
			head.WriteString(", was it " + column.Meant + "?")
		}
		head.WriteString("\n")
	}
	if rows.Encoding() != "UTF-8" {
		head.WriteString(rows.Encoding() + "\n")
	}
	return head.String() + got
}

// readAll reads to the end, refusals among the rest.
func readAll(next func() (string, error)) string {
	var out strings.Builder
	for {
		row, err := next()
		if errors.Is(err, io.EOF) {
			return out.String()
		}
		if err == nil {
			out.WriteString(row + "\n")
			continue
		}
		out.WriteString(err.Error() + "\n")
		if _, alone := errors.AsType[*RowError](err); !alone {
			return out.String()
		}
	}
}
