package contacts

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/redis/go-redis/v9"
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	source "agenthub/contacts/script"
	"agenthub/contacts/store/lua"
)

// What runs stands in the repository, for who reads an error or a change.
func TestScriptsAreWhatStandsHere(t *testing.T) {
	const dir = "store/testdata/scripts/"
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

// Who reads an error of a script sees the line that failed: of a call alone, of
// one of a run, of a command, of Lua's own, and of a text that is no Lua.
func TestErrorTellsTheLine(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		made := func(text string) *script {
			sc, err := source.Source{Files: fstest.MapFS{"sick.lua": {Data: []byte(text)}}}.Script("sick")
			if err != nil {
				t.Fatal(err)
			}
			return &script{Script: sc, met: s.met.script("sick")}
		}
		key := s.keys.one("clock") // a string
		alone := func(sc *script) error {
			_, err := s.runOn(t.Context(), s.batch, newCall(sc, key, "", "ill"))
			return err
		}
		inRun := func(sc *script) error {
			batch := []*call{newCall(sc, key, "", "well"), newCall(sc, key, "", "ill"), newCall(sc, key, "", "well")}
			s.batch.run(t.Context(), batch)
			if batch[0].err != nil || batch[2].err != nil {
				t.Errorf("the others: %v %v", batch[0].err, batch[2].err)
			}
			err := batch[1].err
			return fmt.Errorf("%s: %w", sc.Where(err), err)
		}
		for _, line := range []string{"call('LPUSH', KEYS[1], 'x') -- no list", "return ARGV[1].x.y -- no table"} {
			sc := made("local function deep()\n  if ARGV[1] == 'ill' then\n    " + line + "\n  end\n  return {'ok'}\nend\nlocal r = deep()\nreturn r\n")
			for how, err := range map[string]error{"alone": alone(sc), "in a run": inRun(sc)} {
				if _, redisError := errors.AsType[redis.Error](err); !redisError || transient(err) || !strings.Contains(err.Error(), fmt.Sprintf("%q", line)) {
					t.Errorf("%s %s: %v", line, how, err)
				}
			}
		}
		if err := alone(made("local x = 1\nlocal 2 = x\n")); err == nil || !strings.Contains(err.Error(), `"local 2 = x"`) {
			t.Errorf("no Lua: %v", err)
		}
	})
}

// All scripts compile on Redis itself, whose Lua bounds variables and what a function sees of those around it.
func TestScriptsCompile(t *testing.T) {
	forEachStore(t, DefaultPolicy(), func(t *testing.T, s *testStore) {
		t.Helper()
		if err := s.LoadScripts(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
