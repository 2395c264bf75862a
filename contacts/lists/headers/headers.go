package headers

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Layout is how one system writes its files.
type Layout struct {
	Name    string              `json:"name"`
	Source  string              `json:"source"`
	Columns []string            `json:"columns"` // in their order, of a file without a line of names; or those that tell it from others
	Bare    bool                `json:"bare"`    // it has no line of names
	Fields  map[string][]string `json:"fields"`  // field → its columns; countryCode is digits to dial with + before them
}

//go:embed names.json
var names []byte

// table is names.json: what it means stands there.
var table, fieldOf = read() //nolint:gochecknoglobals // constants

type data struct {
	Seen      string              `json:"seen"`
	Sources   map[string]string   `json:"sources"`
	Take      map[string][]string `json:"take"`
	Hint      map[string][]string `json:"hint"`
	NameParts [][]string          `json:"nameParts"`
	Layouts   []Layout            `json:"layouts"`
}

func read() (data, map[string]Field) {
	var d data
	if err := json.Unmarshal(names, &d); err != nil {
		panic("headers: names.json: " + err.Error())
	}
	fields := map[string]Field{}
	for field, name := range Names {
		fields[name] = Field(field)
	}
	return d, fields
}

// Asked is what somebody says of a file's columns, beyond what can be seen.
type Asked struct {
	Columns map[Field]string // the column of a field: its name, or #5 for the fifth; "" is none
	Layout  string           // the file is of this layout
}

// Ask reads "phone=HomePhone": the field, in any name that it is known by, and its column.
func (a *Asked) Ask(one string) error {
	name, column, ok := strings.Cut(one, "=")
	if !ok {
		return fmt.Errorf("%q is not like phoneNumber=HomePhone", one)
	}
	field, own := Named(name)
	if !own {
		if field = Meant(name); field == None {
			return fmt.Errorf("there is no field %q; the fields are %s", name, strings.Join(Names[:], ", "))
		}
	}
	if _, twice := a.Columns[field]; twice {
		return fmt.Errorf("%s is given twice", field)
	}
	if a.Columns == nil {
		a.Columns = map[Field]string{}
	}
	a.Columns[field] = strings.TrimSpace(column)
	return nil
}

// LayoutNames are those that can be asked for.
func LayoutNames() []string {
	var all []string
	for _, l := range table.Layouts {
		all = append(all, l.Name)
	}
	return all
}

// Bare is the layout of this name, if its files have no line of names.
func Bare(name string) (columns []string, ok bool) {
	for _, l := range table.Layouts {
		if l.Name == name && l.Bare {
			return l.Columns, true
		}
	}
	return nil, false
}

// Found is where the fields of a file stand.
type Found struct {
	Of          [Count][]int // positions: of a name its parts, as they are said
	CountryCode int          // the position of digits that belong before the number, with +; -1 if there is none
	Ambiguous   [Count][]int // more than one column could be meant, so that none is
}

// Find tells which column is which field. Nothing is guessed: of two columns that could
// be one field, neither is. An error is of what was asked.
func Find(columns []string, asked Asked) (Found, error) {
	f := finder{columns: make([]string, len(columns)), used: make([]bool, len(columns)), found: Found{CountryCode: -1}}
	for i, c := range columns {
		f.columns[i] = Plain(c)
	}
	layout, err := f.layout(asked.Layout)
	if err != nil {
		return Found{}, err
	}
	for field, column := range asked.Columns {
		if column == "" {
			continue
		}
		at := f.position(column)
		if len(at) == 0 {
			return Found{}, fmt.Errorf("the file has no column %q for %s", column, field)
		}
		if len(at) > 1 {
			return Found{}, fmt.Errorf("the file has more than one column %q: say which by its place, as #%d", column, at[1]+1)
		}
		f.take(field, at)
	}
	ask := func(field Field) bool { _, said := asked.Columns[field]; return !said && f.found.Of[field] == nil }
	for field := range Count {
		if at := f.named(Plain(field.String())); ask(field) && len(at) > 0 {
			f.take(field, at)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(layout.Fields)) {
		field, ours := fieldOf[name]
		var at []int
		for _, column := range layout.Fields[name] {
			at = append(at, f.named(Plain(column))...)
		}
		switch {
		case len(at) == 0:
		case ours && ask(field):
			f.take(field, at)
		case name == "countryCode" && ask(Prefix):
			f.found.CountryCode, f.used[at[0]] = at[0], true
		}
	}
	for field := range Count {
		var at []int
		for _, name := range table.Take[field.String()] {
			at = append(at, f.named(name)...)
		}
		switch {
		case !ask(field) || len(at) == 0:
		case len(at) == 1:
			f.take(field, at)
		default:
			slices.Sort(at)
			f.found.Ambiguous[field] = at
		}
	}
	if ask(Name) && f.found.Ambiguous[Name] == nil {
		f.parts()
	}
	return f.found, nil
}

type finder struct {
	columns []string // plain
	used    []bool
	found   Found
}

func (f *finder) take(field Field, at []int) {
	f.found.Of[field] = at
	for _, i := range at {
		f.used[i] = true
	}
}

// named are the columns of a plain name that are not used yet.
func (f *finder) named(name string) (at []int) {
	for i, column := range f.columns {
		if column == name && !f.used[i] {
			at = append(at, i)
		}
	}
	return at
}

// position is where a column stands that somebody has named, or counted.
func (f *finder) position(column string) []int {
	if n, err := strconv.Atoi(strings.TrimPrefix(column, "#")); err == nil && column[0] == '#' && n >= 1 && n <= len(f.columns) {
		return []int{n - 1}
	}
	return f.named(Plain(column))
}

// layout is the one that was asked for, or that has all its columns here.
func (f *finder) layout(asked string) (Layout, error) {
	for _, l := range table.Layouts {
		has := !l.Bare
		for _, column := range l.Columns {
			has = has && slices.Contains(f.columns, Plain(column))
		}
		if l.Name == asked || asked == "" && has {
			return l, nil
		}
	}
	if asked != "" {
		return Layout{}, fmt.Errorf("there is no layout %q; there are %s", asked, strings.Join(LayoutNames(), ", "))
	}
	return Layout{}, nil
}

// parts puts a name together from what a file has of it.
func (f *finder) parts() {
	var at []int
	for _, part := range table.NameParts {
		for _, name := range part {
			if have := f.named(name); len(have) > 0 {
				at = append(at, have[0])
				break
			}
		}
	}
	if at != nil {
		f.take(Name, at)
	}
}
