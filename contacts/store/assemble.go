package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Redis runs the whole text of a script on every call, and makes each function
// that it defines: the libraries whole cost a third of a skip (BENCHMARKS.md). So
// a script is put together from what it uses. Before it stands what it refers
// to; what only a block that begins with "-- seldom" refers to stands in that
// block, and is made when the block is run.

// libraries in their order: a function may use what stands before it.
var libraries = [...]string{"lib", "offer", "release", "walk", "session"}

// contactReads are the fields of a contact that a script without a "reads" line reads at once.
const contactReads = "st cp sc ag rid dl by sk at l4 pt xp pa ty tz lg lh cb im pr ex ac tc why pn"

// assemble gives the text of a script.
func assemble(k keys.Keys, p Policy, name string) (string, error) {
	file, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		return "", fmt.Errorf("read script %s: %w", name, err)
	}
	reads, body := contactReads, ""
	for line := range strings.Lines(string(file)) {
		if fields, ok := strings.CutPrefix(line, "-- reads: "); ok {
			reads = fields
		}
		if !strings.HasPrefix(line, "--") { // a word of its head is no use of a function
			body += line
		}
	}
	var lib strings.Builder
	fmt.Fprintf(&lib, "local P = '%s'\nlocal OUTCOMES = {%s}\nlocal REASONS = {%s}\n", k.One(""), defaultEffects(), defaultTerms())
	fmt.Fprintf(&lib, "local MIN_HOLD, SKIP_DELAY, SKIP_AVOID, SKIP_LIMIT = %s, %s, %s, %d\n", ms(p.MinHold), ms(p.SkipDelay), ms(p.SkipAvoid), p.SkipLimit)
	for _, part := range libraries {
		file := "lua/" + part + ".lib.lua"
		text, err := luaFiles.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", file, err)
		}
		lib.Write(text)
	}
	shared := strings.Replace(lib.String(), loadLine, loader(strings.Fields(reads)), 1)
	all := pieces(shared)
	top := all.needs(len(all), body, nil)
	text := runHead + all.join(top, top) + "local function one()\n" + all.expand(len(all), body, top) + runTail
	return strings.ReplaceAll(text, "P .. '", "'"+k.One("")), nil // a key's beginning is put together once, here
}

// Lines of lib.lib.lua that assemble replaces: the time, for tests with a clock
// of their own, and the loader.
const (
	loadLine = "local function load(id) end\n"
)

// A run does the calls of a group (group.go), one after the other: the libraries
// are made once for all of them. KEYS and ARGV are those of the call in hand. The
// reply of a call alone is its own; of several, each has its length before it. An
// error of one is its own, too; after one, the embedded store's Lua cuts a function
// from the variables of the function around it, so take is a function like those.
// That this is no primary any more is an error of all: go-redis then connects anew.
const (
	runHead = `local ALL, GIVEN = KEYS, ARGV
local KEYS, ARGV = KEYS, ARGV
local function take(keys, args) KEYS, ARGV = keys, args end
`
	runTail = `end
if #ALL == 2 then return one() end
local out, n, size = {}, 0, #GIVEN * 2 / #ALL
for i = 1, #ALL / 2 do
  take({ALL[2 * i - 1], ALL[2 * i]}, {unpack(GIVEN, (i - 1) * size + 1, i * size)})
  local done, r = pcall(one)
  if not done then
    r = {'` + script.Failed + `', type(r) == 'table' and r.err or r}
    if string.find(r[2], '^READONLY') then return redis.error_reply(r[2]) end
  end
  out[n + 1] = #r
  for j = 1, #r do out[n + 1 + j] = r[j] end
  n = n + 1 + #r
end
return out
`
)

// loader writes the function load. It reads these fields with one command; any
// other is read when it is first looked at, so the list is a matter of speed
// alone. A table that is made in one go costs half of one that grows.
func loader(fields []string) string {
	var names, values strings.Builder
	for i, f := range fields {
		fmt.Fprintf(&names, ", '%s'", f)
		fmt.Fprintf(&values, ", %s = v[%d] or ''", f, i+1)
	}
	return `local LATER = {__index = function(c, field)
  local v = call('HGET', c.key, field) or ''
  c[field] = v
  return v
end}
local function load(id)
  local key = P .. 'c:' .. id
  local v = call('HMGET', key` + names.String() + `)
  if not v[1] then return nil end
  return setmetatable({key = key` + values.String() + `}, LATER)
end
`
}

// piece is one declaration of a library.
type piece struct {
	names []string
	text  string
}

// shelf is the pieces of all libraries, each before what uses it.
type shelf []piece

// chosen are places on the shelf.
type chosen map[int]bool

// pieces cuts a library where a declaration begins at the left margin. Comments
// at the margin and blank lines are left out.
func pieces(lib string) (all shelf) {
	for line := range strings.Lines(lib) {
		if strings.HasPrefix(line, "--") || strings.TrimSpace(line) == "" {
			continue
		}
		if strings.HasPrefix(line, "local ") || len(all) == 0 {
			all = append(all, piece{names: declared(line)})
		}
		all[len(all)-1].text += line
	}
	return all
}

// declared gives the names that a line declares.
func declared(line string) []string {
	line = strings.TrimPrefix(line, "local ")
	if name, ok := strings.CutPrefix(line, "function "); ok {
		name, _, _ = strings.Cut(name, "(")
		return []string{name}
	}
	names, _, _ := strings.Cut(line, "=")
	return strings.FieldsFunc(names, notInWord)
}

func notInWord(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// needs gives what text refers to among the first n pieces, directly or through
// others, outside of blocks that are seldom run and beyond what there is.
func (all shelf) needs(n int, text string, have chosen) chosen {
	known, need := map[string]bool{}, chosen{}
	learn := func(text string) {
		often, _ := blocks(text)
		for word := range strings.FieldsFuncSeq(strings.Join(often, ""), notInWord) {
			known[word] = true
		}
	}
	learn(text)
	for i, p := range slices.Backward(all[:n]) {
		if !have[i] && slices.ContainsFunc(p.names, func(name string) bool { return known[name] }) {
			need[i] = true
			learn(p.text)
		}
	}
	return need
}

// join writes pieces, with their seldom blocks, in their order.
func (all shelf) join(some, have chosen) string {
	var b strings.Builder
	for _, i := range slices.Sorted(maps.Keys(some)) {
		b.WriteString(all.expand(i, all[i].text, have))
	}
	return b.String()
}

// expand puts into each seldom block what it needs of the first n pieces beyond what there is.
func (all shelf) expand(n int, text string, have chosen) string {
	often, seldom := blocks(text)
	var b strings.Builder
	for i, part := range often {
		b.WriteString(part)
		if i == len(seldom) {
			break
		}
		need := all.needs(n, seldom[i], have)
		there := maps.Clone(have)
		maps.Copy(there, need)
		b.WriteString(all.join(need, there))
		b.WriteString(all.expand(n, seldom[i], there))
	}
	return b.String()
}

// blocks parts a text into what is always run and the blocks that are seldom
// run, which stand between. A block begins after the line "-- seldom" and ends
// where the text is indented less.
func blocks(text string) (often, seldom []string) {
	margin, at := -1, 0
	often = []string{""}
	for line := range strings.Lines(text) {
		code := strings.TrimLeft(line, " ")
		indent := len(line) - len(code)
		switch {
		case margin < 0 && strings.TrimSpace(code) == "-- seldom":
			margin = indent
			seldom = append(seldom, "")
			continue
		case margin >= 0 && indent < margin && code != "\n":
			margin = -1
			at++
			often = append(often, "")
		}
		if margin >= 0 {
			seldom[at] += line
		} else {
			often[at] += line
		}
	}
	if len(often) == len(seldom) {
		often = append(often, "")
	}
	return often, seldom
}
