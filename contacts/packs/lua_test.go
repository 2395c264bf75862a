package packs

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
	"pgregory.net/rapid"
)

// script loads hours.lua with its functions as globals.
func script(tb testing.TB) *lua.LState {
	tb.Helper()
	text, err := os.ReadFile("hours.lua")
	if err != nil {
		tb.Fatal(err)
	}
	s := lua.NewState()
	tb.Cleanup(s.Close)
	if err := s.DoString(string(text) + "\nF = {window = law_window, forbids = law_forbids, opens = law_opens_in, ban = law_ban}"); err != nil {
		tb.Fatal(err)
	}
	return s
}

func list(s *lua.LState, texts []string) *lua.LTable {
	table := s.NewTable()
	for _, text := range texts {
		table.Append(lua.LString(text))
	}
	return table
}

// ask calls one of the functions and gives its results.
func ask(t interface{ Fatal(...any) }, s *lua.LState, name string, results int, args ...lua.LValue) []lua.LValue {
	f := s.GetField(s.GetGlobal("F"), name)
	if err := s.CallByParam(lua.P{Fn: f, NRet: results, Protect: true}, args...); err != nil {
		t.Fatal(err)
	}
	out := make([]lua.LValue, results)
	for i := range out {
		out[i] = s.Get(i - results)
	}
	s.Pop(results)
	return out
}

// The script and its twin in Go give the same answers, and so does the plain law.
func TestLuaIsGo(t *testing.T) {
	s := script(t)
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		texts := d.texts()
		table := list(s, texts)
		day := spanFirst + Day(rapid.IntRange(-3, spanDays+3).Draw(t, "day"))
		w := windowOf(texts, day)
		got := ask(t, s, "window", 2, table, lua.LNumber(day))
		if want := []lua.LValue{lua.LNumber(w.From), lua.LNumber(w.Until)}; !slices.Equal(got, want) {
			t.Fatalf("%s: Lua %v, Go %v", day, got, want)
		}
		row := rowOf(d.zones[0], d.at)
		_, offset := d.at.In(d.zones[0]).Zone()
		forbids := ask(t, s, "forbids", 1, table, lua.LNumber(d.at.UnixMilli()), lua.LString(row))[0]
		if ok, rule := Open(texts, d.at.UnixMilli(), offset/60); ok != (forbids == lua.LNil) || !ok && forbids != lua.LString(rule) {
			t.Fatalf("%v: Lua forbids by %v, Go %v (%s)", d.at, forbids, ok, rule)
		}
		rows := []string{row}
		if len(d.zones) > 1 {
			rows = append(rows, rowOf(d.zones[1], d.at))
		}
		opens := ask(t, s, "opens", 1, table, lua.LNumber(d.at.UnixMilli()), list(s, rows))[0]
		at, ok := OpensAt(texts, d.at.UnixMilli(), rows...)
		if ok != (opens != lua.LNil) || ok && opens != lua.LNumber(at) {
			t.Fatalf("%v: Lua opens %v, Go %v (%v)", d.at, opens, at, ok)
		}
	})
}

// The built-in pack, some thousand hours of a year in every state and province, by script and
// by the plain law.
func TestLuaSpeaksTheBuiltInPack(t *testing.T) {
	_, l := builtInLaw(t)
	s := script(t)
	law := l.Compile(spanFirst, spanDays)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(fields(states), fields(provinces)...) {
		region, _ := Subdivision(name)
		q := Question{Regions: []Region{region}}
		table := list(s, textsOf(law, q, nil))
		for at := time.Date(2026, 12, 1, 12, 30, 0, 0, zone); at.Year() < 2028; at = at.Add(31 * time.Hour) {
			_, offset := at.Zone()
			got := ask(t, s, "forbids", 1, table, lua.LNumber(at.UnixMilli()), lua.LString(strconv.Itoa(offset/60)))[0]
			ok, rule := l.Allowed(q, at, zone)
			if ok != (got == lua.LNil) || !ok && got != lua.LString(rule) {
				t.Fatalf("%s %v: Lua %v, plain %v (%s)", region, at, got, ok, rule)
			}
		}
	}
}

func BenchmarkLua(b *testing.B) {
	s := script(b)
	for _, n := range []int{1, 2000} {
		texts := list(s, crowded(b, n))
		b.Run("rules="+strconv.Itoa(n), func(b *testing.B) {
			at := int64(spanFirst+7) * secondsADay * 1000
			for i := range int64(b.N) {
				ask(b, s, "forbids", 1, texts, lua.LNumber(at+i%100*36e5), lua.LString("-300"))
			}
		})
	}
}
