package script

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// Source is what scripts are put together from. Redis runs the whole text of a
// script on every call and makes each function in it, used or not: 1,300 instructions
// each, of a skip's 270,000 (docs/experiments.md). So a script has what it names, no more:
//
//	-- use: hold, event     in the head of a file: made once, before its code
//	-- use: schedule        first line of a block: made whenever the block is run
//	-- reads: st cp sc      in the head of a script: the fields that its loader reads at once
//
// A file of lib names in the same way what it uses itself. Lines that begin with
// "--" are for who reads the file, and left out of the script.
type Source struct {
	Files   fs.FS             // NAME.lua are the scripts, lib/NAME.lua what they use
	Prefix  string            // every key begins with it: P in the files, and P .. 'c:' is one string
	Given   map[string]string // texts in place of files of lib: constants that the program knows
	Figures *Metrics          // nil: its scripts are counted nowhere
}

// What stands around the code of every script: lua/head.lua and lua/tail.lua.
//
//go:embed lua/*.lua
var frame embed.FS

// Script puts the named one together.
func (s Source) Script(name string) (*Script, error) {
	if strings.ContainsAny(s.Prefix, "'\\\n") {
		return nil, fmt.Errorf("script %s: a key cannot begin with %q", name, s.Prefix)
	}
	head, headErr := parse(frame, "lua/head.lua")
	tail, tailErr := parse(frame, "lua/tail.lua")
	main, err := parse(s.Files, name+".lua")
	for _, err := range []error{headErr, tailErr, err} {
		if err != nil {
			return nil, fmt.Errorf("script %s: %w", name, err)
		}
	}
	a := assembly{Source: s, main: main, files: map[string]*file{}}
	there := map[string]bool{}
	a.write(head, "", there)
	a.include(main.uses, "", there)
	a.out.WriteString("local function one() -- " + name + ".lua\n")
	a.write(main, "  ", there)
	a.out.WriteString("end\n")
	a.write(tail, "", there)
	if a.err != nil {
		return nil, fmt.Errorf("script %s: %w", name, a.err)
	}
	made := newScript(name, withPrefix(a.out.String(), s.Prefix), s.Figures)
	made.Title, made.nokey = main.title, s.Prefix+nokey
	return made, nil
}

// withPrefix puts together, once, where a key's beginning is known: P .. 'c:' is one string.
func withPrefix(text, prefix string) string {
	const known = "P .. '"
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, known)
		out.WriteString(before)
		switch {
		case !found:
			return out.String()
		case strings.TrimRight(before, words) == before: // P is a word of its own
			out.WriteString("'" + prefix)
		default:
			out.WriteString(known)
		}
		text = after
	}
}

// words are what names are made of.
const words = "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// nokey is given in place of a key that a call does not have, P .. 'nokey' in the files:
// an empty one is in no tenant's slot, and under no ACL user's pattern.
const nokey = "nokey"

// file is a file of Lua: what its head says, and its code.
type file struct {
	title, reads string
	uses         []string
	code         []line
}

// line is one of code, or says what the block that begins here uses.
type line struct {
	indent int
	text   string
	uses   []string
}

func parse(files fs.FS, path string) (*file, error) {
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return parseText(string(text)), nil
}

func parseText(text string) *file {
	f := &file{}
	for row := range strings.Lines(text) {
		code := strings.TrimLeft(row, " ")
		indent := len(row) - len(code)
		names, uses := strings.CutPrefix(strings.TrimSpace(code), "-- use: ")
		switch fields, reads := strings.CutPrefix(row, "-- reads: "); {
		case uses && indent == 0:
			f.uses = append(f.uses, strings.Split(names, ", ")...)
		case uses:
			f.code = append(f.code, line{indent: indent, uses: strings.Split(names, ", ")})
		case reads:
			f.reads = fields
		case strings.HasPrefix(row, "--"):
			if f.title == "" {
				f.title = strings.TrimSpace(row[2:])
			}
		case strings.TrimSpace(row) != "":
			f.code = append(f.code, line{indent: indent, text: row})
		}
	}
	return f
}

// assembly is one script on its way.
type assembly struct {
	Source
	main  *file
	files map[string]*file
	out   strings.Builder
	err   error // the first
}

// lib gives a file of lib.
func (a *assembly) lib(name string) *file {
	f := a.files[name]
	if f == nil {
		var err error
		if text, given := a.Given[name]; given {
			f = parseText(text)
		} else if name == "prefix" {
			f = parseText("local P = '" + a.Prefix + "'\n")
		} else if f, err = parse(a.Files, "lib/"+name+".lua"); err != nil {
			a.fail(err)
			f = &file{}
		}
		a.files[name] = f
	}
	return f
}

func (a *assembly) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// write writes the code of a file, and into each of its blocks what that uses.
func (a *assembly) write(f *file, margin string, there map[string]bool) {
	type block struct {
		indent int
		there  map[string]bool
	}
	within := []block{{0, there}}
	for _, l := range f.code {
		for l.indent < within[len(within)-1].indent {
			within = within[:len(within)-1]
		}
		if l.uses == nil {
			a.out.WriteString(margin + a.fields(f, l.text))
			continue
		}
		inner := maps.Clone(within[len(within)-1].there)
		a.include(l.uses, margin+strings.Repeat(" ", l.indent), inner)
		within = append(within, block{l.indent, inner})
	}
}

// include writes what these names stand for and what that uses, unless it is
// there. A file's blocks find there what stands before it: so it comes after what
// they use, where both are written.
func (a *assembly) include(names []string, margin string, there map[string]bool) {
	needed := map[string]bool{}
	var need func(names []string)
	need = func(names []string) {
		for _, name := range names {
			if !there[name] && !needed[name] {
				needed[name] = true
				need(a.lib(name).uses)
			}
		}
	}
	need(names)
	seen := map[string]bool{}
	var put func(name string)
	put = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		f := a.lib(name)
		for _, l := range append([]line{{uses: f.uses}}, f.code...) {
			for _, used := range l.uses {
				put(used)
			}
		}
		if needed[name] {
			if _, given := a.Given[name]; !given {
				a.out.WriteString(margin + "-- lib/" + name + ".lua\n")
			}
			a.write(f, margin, there)
			there[name] = true
		}
	}
	for _, name := range names {
		put(name)
	}
}

// fields puts the fields that the script reads into the file that loads them: for
// FIELDS their names, for VALUES the entries of a table. That file names those of a
// script that does not say.
func (a *assembly) fields(f *file, text string) string {
	if f.reads == "" || f == a.main || !strings.Contains(text, "FIELDS") && !strings.Contains(text, "VALUES") {
		return text
	}
	reads := a.main.reads
	if reads == "" {
		reads = f.reads
	}
	var names, values []string
	for i, name := range strings.Fields(reads) {
		names = append(names, "'"+name+"'")
		values = append(values, fmt.Sprintf("%s = v[%d] or ''", name, i+1))
	}
	return strings.NewReplacer("FIELDS", strings.Join(names, ", "), "VALUES", strings.Join(values, ", ")).Replace(text)
}

// failedAt is how Redis and the embedded store tell a line of a script.
var failedAt = regexp.MustCompile(`(?:user_script(?: line)?|^|\s):(\d+)`)

// Where names the script for an error of it, and, where the error tells it, the
// line that failed.
func (s *Script) Where(err error) string {
	if at := failedAt.FindStringSubmatch(err.Error()); at != nil {
		lines := strings.Split(s.Text, "\n")
		if n, err := strconv.Atoi(at[1]); err == nil && n > 0 && n <= len(lines) {
			return fmt.Sprintf("script %s, line %d, %q", s.Name, n, strings.TrimSpace(lines[n-1]))
		}
	}
	return "script " + s.Name
}
