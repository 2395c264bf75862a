package lists

import (
	"slices"
	"strings"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/lists/headers"
	"agenthub/contacts/lists/sheet"
)

// Blank cells at the end of a line are cells, whatever stands between them; a line of nothing else is none.
func TestBlankCellsAtTheEnd(t *testing.T) {
	for _, comma := range []string{",", ";", "\t"} {
		in := strings.ReplaceAll("contactId,campaignId,phoneNumber,name,region\r\nc1,k,+1 212 555 0123,,\r\n,,,,\r\n \r\nc2,k,+1 212 555 0124,,\n", ",", comma)
		rows, refused, err := readRows(t, strings.NewReader(in), CSV)
		if err != nil || len(rows) != 2 || len(refused) != 0 {
			t.Errorf("%q: %d rows, refused %v, %v", comma, len(rows), refused, err)
		}
	}
}

// A quoted cell may go on in the next lines; what looks like one and is none costs its own line.
func TestCellsOverLines(t *testing.T) {
	const header = "contactId,campaignId,phoneNumber,name\n"
	row := func(id, name string) string { return id + ",k,+1 212 555 0123," + name + "\n" }
	for name, tt := range map[string]struct {
		in     string
		ids    []contacts.ID
		names  []string
		refuse []int
	}{
		"one break":            {row("a", "\"Last\nFirst\"") + row("b", "B"), []contacts.ID{"a", "b"}, []string{"Last First", "B"}, nil},
		"CR LF":                {row("a", "\"Last\r\nFirst\"") + row("b", "B"), []contacts.ID{"a", "b"}, []string{"Last First", "B"}, nil},
		"quotes in the cell":   {row("a", "\"The \"\"Last\"\"\nFirst\""), []contacts.ID{"a"}, []string{`The "Last" First`}, nil},
		"ten breaks":           {row("a", "\"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\""), []contacts.ID{"a"}, []string{"1 2 3 4 5 6 7 8 9 10 11"}, nil},
		"eleven":               {row("a", "\"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\"") + row("b", "B"), []contacts.ID{"b"}, []string{"B"}, []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}},
		"a quote on each side": {row("a", "\"Flat") + row("b", "Ann 5\"") + row("c", "C"), []contacts.ID{"c"}, []string{"C"}, []int{2, 3}},
		"the last is open":     {row("a", "A") + row("b", "\"open"), []contacts.ID{"a"}, []string{"A"}, []int{3}},
		"stray, then whole":    {row("a", "\"open") + row("b", "\"Last\nFirst\"") + row("c", "C"), []contacts.ID{"b", "c"}, []string{"Last First", "C"}, []int{2}},
		"a line too long next": {row("a", "\"open") + strings.Repeat("x", 2*sheet.MaxLine) + "\n" + row("b", "B"), []contacts.ID{"b"}, []string{"B"}, []int{2, 3}},
	} {
		rows, refused, err := readRows(t, strings.NewReader(header+tt.in), CSV)
		var ids []contacts.ID
		var names []string
		var lines []int
		for _, r := range rows {
			ids, names = append(ids, r.ID), append(names, r.Name)
		}
		for _, r := range refused {
			lines = append(lines, r.Line)
		}
		if err != nil || !slices.Equal(ids, tt.ids) || !slices.Equal(names, tt.names) || !slices.Equal(lines, tt.refuse) {
			t.Errorf("%s: %v named %q, refused %v, %v", name, ids, names, refused, err)
		}
	}
}

// A cell may be left out at the end of a line, unless it says when, how or by whom
// somebody may be called: what broke off there is no blank cell.
func TestCellsLeftOut(t *testing.T) {
	for _, column := range headers.Names {
		in := "contactId,campaignId,phoneNumber," + column + "\nc1,k,+1 212 555 0123\n"
		if slices.Contains([]string{"contactId", "campaignId", "phoneNumber"}, column) {
			continue
		}
		rows, refused, err := readRows(t, strings.NewReader(in), CSV)
		taken := slices.Contains([]string{"name", "queue", "accountNumber", "priority"}, column)
		if err != nil || len(rows) == 1 != taken || len(refused) == 0 != taken || !taken && !strings.Contains(refused[0].Err, column) {
			t.Errorf("%s: %v, refused %v, %v", column, rows, refused, err)
		}
	}
}
