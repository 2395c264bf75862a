package store

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"agenthub/contacts/packs"
	"agenthub/contacts/store/lua"
)

// What runs stands in the repository, for who reads an error or a change.
func TestScriptsAreWhatStandsHere(t *testing.T) {
	const dir = "testdata/scripts/"
	all, err := Scripts("default", DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, s := range all {
		want[s.Name+".lua"] = s.Text
		if !strings.HasPrefix(s.Title, s.Name+": ") {
			t.Errorf("the head of %s begins with %q", s.Name, s.Title)
		}
	}
	got := map[string]string{}
	files, err := os.ReadDir(dir)
	for _, f := range files {
		text, readErr := os.ReadFile(dir + f.Name())
		err = errors.Join(err, readErr)
		got[f.Name()] = string(text)
	}
	if err != nil || !maps.Equal(got, want) {
		t.Error(`scripts are not what stands in `+dir+`: run "make scripts"`, err)
	}
}

// A script or a function that uses a name says so, in its own file; what it says it uses.
func TestScriptsSayWhatTheyUse(t *testing.T) {
	declared := map[string][]string{ // not by a file
		"outcomes": {"OUTCOMES"}, "reasons": {"REASONS"}, "policy": {"MIN_HOLD", "SKIP_DELAY", "SKIP_AVOID", "SKIP_LIMIT"}, "prefix": {"P"},
	}
	texts := map[string]string{}
	err := fs.WalkDir(lua.Files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := lua.Files.ReadFile(file)
		texts[file] = strings.ReplaceAll(string(text), "P .. '", "'")
		if name := strings.TrimSuffix(path.Base(file), ".lua"); path.Dir(file) == "lib" {
			declared[name] = declarations(string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	declared["law"] = declarations(packs.Lua())
	use := regexp.MustCompile(`(?m)^ *-- use: (.*)$`)
	for file, text := range texts {
		// Stands in for everything but that one name.
		without := func(but string) string {
			return use.ReplaceAllStringFunc(text, func(line string) string {
				var names []string
				for name := range strings.SplitSeq(use.FindStringSubmatch(line)[1], ", ") {
					if name != but {
						names = append(names, declared[name]...)
					}
				}
				if names == nil {
					return ""
				}
				return "local " + strings.Join(names, ", ")
			})
		}
		for _, name := range globals(t, file, "local call\n"+without("")) {
			if !slices.Contains([]string{"FIELDS", "VALUES"}, name) {
				t.Errorf("%s uses %s and does not say so", file, name)
			}
		}
		for _, line := range use.FindAllStringSubmatch(text, -1) {
			for name := range strings.SplitSeq(line[1], ", ") {
				missing := globals(t, file, "local call\n"+without(name))
				if !slices.ContainsFunc(declared[name], func(d string) bool { return slices.Contains(missing, d) }) {
					t.Errorf("%s does not use %s and says so", file, name)
				}
			}
		}
	}
	all, err := Scripts("default", DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if names := globals(t, s.Name, s.Text); len(names) > 0 {
			t.Errorf("%s as it runs uses %q, which nothing makes", s.Name, names)
		}
	}
}

// Who looks changes nothing: what is asked past the queue (script.Runner.Look), and
// what the audit asks of a live store.
func TestLooksChangeNothing(t *testing.T) {
	reads := []string{"TIME", "GET", "EXISTS", "HGET", "HMGET", "HGETALL", "HEXISTS", "SMEMBERS", "SISMEMBER", "ZSCORE", "ZCARD", "ZRANGE"}
	command := regexp.MustCompile(`call\('(\w+)'`)
	for _, name := range []string{"contact", "contact_zone", "check_members", "check_totals"} {
		s, err := Script("default", DefaultPolicy(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(s.Text, -1) {
			if !slices.Contains(reads, m[1]) {
				t.Errorf("%s has %s", name, m[1])
			}
		}
	}
}

// declarations are the names that a file of lib makes at the left margin.
func declarations(text string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^local (?:function )?([\w, ]+)`).FindAllStringSubmatch(text, -1) {
		names = append(names, strings.Split(strings.TrimSpace(m[1]), ", ")...)
	}
	return names
}

// globals are the names that a text uses and nobody declares, but for Lua's and Redis' own.
func globals(t *testing.T, name, text string) (names []string) {
	t.Helper()
	chunk, err := parse.Parse(strings.NewReader(text), name)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := glua.Compile(chunk, name)
	if err != nil {
		t.Fatal(err)
	}
	own := []string{
		"KEYS", "ARGV", "redis", "string", "table", "math", "error", "ipairs", "pairs", "pcall", "rawget", "setmetatable", "tonumber", "tostring",
		"type", "unpack", "xpcall",
	}
	var look func(f *glua.FunctionProto)
	look = func(f *glua.FunctionProto) {
		for _, code := range f.Code {
			if op := int(code >> 26); op == glua.OP_GETGLOBAL || op == glua.OP_SETGLOBAL {
				if name := f.Constants[code&0x3ffff].String(); !slices.Contains(own, name) && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		for _, inner := range f.FunctionPrototypes {
			look(inner)
		}
	}
	look(compiled)
	return names
}

// Arguments have names, which a script and a function give them first.
func TestArgumentsHaveNames(t *testing.T) {
	named := regexp.MustCompile(`^ *local [\w, ]+ = .*ARGV\[\d+\]`)
	for _, pattern := range []string{"*.lua", "lib/*.lua"} {
		files, err := fs.Glob(lua.Files, pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			text, err := lua.Files.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				if strings.Contains(line, "ARGV[") && !strings.Contains(line, "ARGV[i]") && !named.MatchString(line) {
					t.Errorf("%s: %s", file, line)
				}
			}
		}
	}
}

// The embedded store's Lua leaves c as it was in "c = not x and f()", where Redis'
// makes it false. A script that says so works on one store alone.
func TestScriptsAvoidWhatTheStoresReadDifferently(t *testing.T) {
	files, err := fs.Glob(lua.Files, "*.lua")
	more, err2 := fs.Glob(lua.Files, "lib/*.lua")
	if err := errors.Join(err, err2); err != nil || len(files)*len(more) == 0 {
		t.Fatal(files, more, err)
	}
	trap := regexp.MustCompile(`(?m)^.*[\w.]+ = not [\w.]+ and .*$`)
	for _, file := range append(files, more...) {
		text, err := lua.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if line := trap.Find(text); line != nil {
			t.Errorf("%s: %s", file, line)
		}
	}
}
