package script

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// A small house: d is used by b and c, c at a block alone.
var house = fstest.MapFS{
	"main.lua": {Data: []byte(`-- main: shows what is put where.
-- reads: st cp
-- use: load, b
local id = unpack(ARGV)
if id == '' then
  -- use: c, b
  if c(id) then
    -- use: d
    d()
  end
  return {c(id)}
end
return {b(load(id)), P .. 'x:' .. id, 'STEP .. P'}
`)},
	"lib/load.lua": {Data: []byte("-- reads: pt\nlocal function load(id)\n  local v = call('HMGET', id, FIELDS)\n  return {VALUES}\nend\n")},
	"lib/b.lua":    {Data: []byte("-- b: why.\n-- use: d\nlocal function b(x)\n  -- why not\n\n  return d(x)\nend\n")},
	"lib/c.lua":    {Data: []byte("-- use: d, limit\nlocal function c(x) return d(x) + LIMIT end\n")},
	"lib/d.lua":    {Data: []byte("local function d(x) return x end\n")},
	"lost.lua":     {Data: []byte("-- use: b\nif x then\n  -- use: nobody\n  b()\nend\n")},
}

func source() Source {
	return Source{Files: house, Prefix: "k:", Given: map[string]string{"limit": "local LIMIT = 3\n"}}
}

// Each is there once, before what uses it; what a block alone uses is in that block.
func TestScript(t *testing.T) {
	s, err := source().Script("main")
	if err != nil {
		t.Fatal(err)
	}
	if s.Title != "main: shows what is put where." {
		t.Errorf("title %q", s.Title)
	}
	const want = `local call = redis.call
-- lib/load.lua
local function load(id)
  local v = call('HMGET', id, 'st', 'cp')
  return {st = v[1] or '', cp = v[2] or ''}
end
-- lib/d.lua
local function d(x) return x end
-- lib/b.lua
local function b(x)
  -- why not
  return d(x)
end
local function one() -- main.lua
  local id = unpack(ARGV)
  if id == '' then
    local LIMIT = 3
    -- lib/c.lua
    local function c(x) return d(x) + LIMIT end
    if c(id) then
      d()
    end
    return {c(id)}
  end
  return {b(load(id)), 'k:x:' .. id, 'STEP .. P'}
end
if #ALL == 3 then return one() end
`
	if _, body, _ := strings.Cut(s.Text, "args end\n"); !strings.HasPrefix(body, want) {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
}

func TestScriptRefuses(t *testing.T) {
	quoted := source()
	quoted.Prefix = "it's:"
	for _, tt := range []struct {
		from       Source
		name, want string
	}{
		{source(), "lost", "lib/nobody.lua"},
		{source(), "none", "none.lua"},
		{quoted, "main", "it's"},
	} {
		if s, err := tt.from.Script(tt.name); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v %v, want an error that names %s", tt.name, s, err, tt.want)
		}
	}
}

func TestWhere(t *testing.T) {
	s := &Script{Name: "skip", Text: "local a = 1\n  a.b.c = 2\n"}
	for _, tt := range []struct{ err, want string }{
		{"ERR user_script:2: attempt to index field 'b' (a nil value) script: 0a1b, on @user_script:2.", `script skip, line 2, "a.b.c = 2"`},
		{"WRONGTYPE Operation against a key script: 0a1b, on @user_script:1.", `script skip, line 1, "local a = 1"`},
		{":2: attempt to index a non-table object(nil)", `script skip, line 2, "a.b.c = 2"`},
		{"ERR Error compiling script (new function): :1: WRONGTYPE stack traceback: :2: in main chunk", `script skip, line 1, "local a = 1"`},
		{"ERR Error compiling script (new function): user_script line:2(column:9) near '2'", `script skip, line 2, "a.b.c = 2"`},
		{"ERR user_script:0: x", "script skip"},
		{"ERR user_script:9: x", "script skip"},
		{"dial tcp 127.0.0.1:1: connection refused", "script skip"},
	} {
		if got := s.Where(errors.New(tt.err)); got != tt.want {
			t.Errorf("Where(%s) = %s, want %s", tt.err, got, tt.want)
		}
	}
}
