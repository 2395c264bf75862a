package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/redis/go-redis/v9"

	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/script"
	"agenthub/contacts/store"
)

// Who reads an error of a script sees the line that failed: of a call alone, of
// one of a run, of a command, of Lua's own, and of a text that is no Lua.
func TestErrorTellsTheLine(t *testing.T) {
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		runner := runnerOf(t, s)
		made := func(text string) *script.Script {
			sc, err := script.Source{Files: fstest.MapFS{"sick.lua": {Data: []byte(text)}}}.Script("sick")
			if err != nil {
				t.Fatal(err)
			}
			return sc
		}
		key := s.Keys.One("clock") // a string
		alone := func(sc *script.Script) error {
			_, err := runner.Run(t.Context(), sc.Call(key, "", "ill"))
			return err
		}
		inRun := func(sc *script.Script) error {
			batch := []*script.Call{sc.Call(key, "", "well"), sc.Call(key, "", "ill"), sc.Call(key, "", "well")}
			if err := runner.Load(t.Context(), sc); err != nil {
				t.Fatal(err)
			}
			runner.Pipe(t.Context(), batch)
			if batch[0].Err != nil || batch[2].Err != nil {
				t.Errorf("the others: %v %v", batch[0].Err, batch[2].Err)
			}
			err := batch[1].Err
			return fmt.Errorf("%s: %w", sc.Where(err), err)
		}
		for _, line := range []string{"call('LPUSH', KEYS[1], 'x') -- no list", "return ARGV[1].x.y -- no table"} {
			sc := made("local function deep()\n  if ARGV[1] == 'ill' then\n    " + line + "\n  end\n  return {'ok'}\nend\nlocal r = deep()\nreturn r\n")
			for how, err := range map[string]error{"alone": alone(sc), "in a run": inRun(sc)} {
				if _, redisError := errors.AsType[redis.Error](err); !redisError || script.Transient(err) || !strings.Contains(err.Error(), fmt.Sprintf("%q", line)) {
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
	contactstest.ForEach(t, store.DefaultPolicy(), func(t *testing.T, s *contactstest.Node) {
		t.Helper()
		all, err := store.Scripts(s.Tenant, s.Policy)
		if err == nil {
			err = runnerOf(t, s).Load(t.Context(), all...)
		}
		if err != nil {
			t.Error(err)
		}
	})
}
