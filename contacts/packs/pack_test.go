package packs

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
)

// fields parts words, in which # stands for a space.
func fields(s string) []string {
	all := strings.Fields(s)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "#", " ")
	}
	return all
}

// A ban until it is revoked can be said, and so can dates and modes of a rule.
const example = `{"pack":"mine","seen":"2026-11-28","note":"no legal advice","rules":[
 {"id":"ri-hours","region":"RI","days":"mon-fri","from":"09:00","until":"18:00","holidays":"closed","modes":["*"],"source":"R.I. 5-61-2","effective":"2026-12-02","expires":"2027-12-01"},
 {"id":"ca-text","region":"US-CA","closed":true,"modes":["Text"],"source":"ours"}],
 "holidays":{"RI":["2026-12-25"]},
 "attempts":[{"id":"fl-3","region":"FL","max":3,"window":"24h","per":"person","source":"Fla. Stat. 501.616(6)(b)"}],
 "bans":[{"id":"la-storm","region":"LA","from":"2026-12-03T18:00:00-06:00","until":"","source":"an example"}]}`

// What the contract shows is a pack, and shows every field there is.
func TestExampleOfTheContract(t *testing.T) {
	var texts [3]string
	for i, file := range []string{"../../docs/protocol.md", "pack.go", "attempts.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	_, shown, _ := strings.Cut(texts[0], "```json\n{\n  \"pack\"")
	shown, _, _ = strings.Cut(shown, "```")
	shown = "{\n  \"pack\"" + shown
	if _, err := Parse([]byte(shown)); err != nil {
		t.Errorf("the example of docs/protocol.md: %v", err)
	}
	limit, _, _ := strings.Cut(texts[2], "\n}\n")
	for _, field := range regexp.MustCompile(`json:"(\w+)`).FindAllStringSubmatch(texts[1]+limit, -1) {
		if !strings.Contains(shown, `"`+field[1]+`": `) {
			t.Errorf("the example of docs/protocol.md has no %s", field[1])
		}
	}
}

func TestParse(t *testing.T) {
	if _, err := Parse([]byte(example)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a field nobody knows", `"days":"mon-fri"`, `"day":"mon-fri"`, "rules[0].day: there is no such field"},
		{"one of a ban", `"la-storm",`, `"la-storm","reason":"x",`, "bans[0].reason: there is no such field"},
		{"in another case", `"note":`, `"Note":`, "Note: there is no such field"},
		{"twice", `"note":`, `"seen":"2026-11-27","note":`, "seen: duplicate"},
		{"a number for a text", `"09:00"`, `9`, "rules[0].from: a JSON number"},
		{"a text for a list", `["*"]`, `"*"`, "rules[0].modes: a JSON string"},
		{"cut off", `"until":"","source":"an example"}]}`, ``, "bans[0]"},
		{"no name", `"pack":"mine"`, `"pack":""`, `pack: "" is no name`},
		{"no day", `"2026-11-28"`, `"28.11.2026"`, `seen: "28.11.2026" is no date`},
		{"no such day", `"2026-12-25"`, `"2026-02-29"`, `holidays.RI[0]: "2026-02-29" is no date`},
		{"a region of holidays", `{"RI":`, `{"XX":`, `holidays.XX: "XX" is no US state`},
		{"California or Canada", `"US-CA"`, `"CA"`, `rules[1].region: "CA" is Canada or California: write "CA-*" or "US-CA"`},
		{"no such state", `"region":"RI"`, `"region":"US-ZZ"`, `rules[0].region: "US-ZZ" is no region`},
		{"no such weekday", `mon-fri`, `mo-fr`, `rules[0].days: "mo-fr" is no day`},
		{"no such hour", `"18:00"`, `"25:00"`, `rules[0].from: "25:00" is no time of day`},
		{"a short hour", `"09:00"`, `"9:000"`, `rules[0].from: "9:000" is no time of day`},
		{"over midnight", `"18:00"`, `"08:00"`, `rules[0].from: 09:00 is not before 08:00`},
		{"no end", `"until":"18:00",`, ``, `rules[0].until: want a time of day, or closed`},
		{"neither", `"closed":true,`, ``, `rules[1].from: want a time of day, or closed`},
		{"both", `"closed":true`, `"closed":true,"from":"09:00","until":"10:00"`, `rules[1].closed: a closed day has no from`},
		{"no such word", `"holidays":"closed"`, `"holidays":"no"`, `rules[0].holidays: "no" is none of`},
		{"no source", `"source":"ours"`, `"source":""`, `rules[1].source: must not be empty`},
		{"expired before", `"2027-12-01"`, `"2026-12-02"`, `rules[0].expires: 2026-12-02 is not after 2026-12-02`},
		{"an id twice", `"ca-text"`, `"ri-hours"`, `rules[1].id: "ri-hours" is taken`},
		{"an id of ours", `"ca-text"`, `"campaign"`, `rules[1].id: "campaign" is taken`},
		{"an id that would part a text", `"ca-text"`, `"a;b"`, `rules[1].id: "a;b" is no name`},
		{"an empty mode", `["Text"]`, `[""]`, `rules[1].modes[0]: want a mode's name`},
		{"no limit", `"max":3`, `"max":0`, `attempts[0].max: want 1 or more`},
		{"a short window", `"24h"`, `"59m"`, `attempts[0].window: "59m" is not a time of 1h0m0s to 720h0m0s`},
		{"per what", `"per":"person"`, `"per":"number"`, `attempts[0].per: "number" is none of`},
		{"a date for an instant", `2026-12-03T18:00:00-06:00`, `2026-12-03`, `bans[0].from: "2026-12-03" is no instant`},
		{"a ban that ends before", `"until":"","source":"an`, `"until":"2026-12-03T18:00:00-06:00","source":"an`, `bans[0].until`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(example, c.old, c.new, 1)
			if text == example {
				t.Fatalf("%s is not there", c.old)
			}
			_, err := Parse([]byte(text))
			var field *FieldError
			if !errors.As(err, &field) || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("error %v, want %s…", err, c.want)
			}
		})
	}
}

// Who edits a pack sees all that is wrong with it.
func TestParseNamesEveryField(t *testing.T) {
	_, err := Parse([]byte(`{"pack":"x","seen":"","rules":[{"id":"A","region":"","source":""}],"bans":[{"id":"b","region":"GB-*","from":"","source":"s"}]}`))
	for _, want := range []string{"seen:", "rules[0].id:", "rules[0].region:", "rules[0].from:", "rules[0].source:", "bans[0].from:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestParseWeek(t *testing.T) {
	h, err := ParseWeek(map[string]string{"mon-thu": "09:00-18:00", "fri": "09:00-15:30"})
	want := Hours{Week: [7]Span{{}, {540, 1080}, {540, 1080}, {540, 1080}, {540, 1080}, {540, 930}, {}}}
	if err != nil || h.Week != want.Week {
		t.Errorf("%v, %v, want %v", h, err, want)
	}
	for name, table := range map[string]map[string]string{
		"none": {}, "twice": {"mon-fri": "09:00-18:00", "wed": "10:00-12:00"}, "no hours": {"mon": "9-18"}, "no day": {"weekend": "09:00-18:00"}, "night": {"sat": "22:00-02:00"},
	} {
		if _, err := ParseWeek(table); err == nil {
			t.Errorf("%s: %v is taken", name, table)
		}
	}
}

func TestRegions(t *testing.T) {
	for in, want := range map[string]Region{"RI": "US-RI", "US": "US-*", "US-*": "US-*", "CA-*": "CA-*", "US-CA": "US-CA", "BC": "CA-BC", "GB-SCT": "GB-SCT", "DE-*": "DE-*"} {
		if got, err := ParseRegion(in); err != nil || got != want {
			t.Errorf("ParseRegion(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "CA", "GB", "usa", "US-", "US-XX", "U*-*", "US-RIXX", "us-ri", "-RI"} {
		if got, err := ParseRegion(in); err == nil {
			t.Errorf("ParseRegion(%q) = %q, want an error", in, got)
		}
	}
}

// What is taken can be made a law and packed, whatever it says, and says the same
// when it is written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add(builtIn)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Parse(again)
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		one, err := NewLaw(p)
		if err != nil {
			t.Fatal(err)
		}
		two, err := NewLaw(second)
		if err != nil {
			t.Fatal(err)
		}
		law := one.Compile(spanFirst, 8)
		if !maps.Equal(law, two.Compile(spanFirst, 8)) {
			t.Fatal("another law when it is read again")
		}
		for key, packed := range law {
			Open([]string{packed}, int64(spanFirst+1)*secondsADay*1000, 0)
			if key == "" {
				t.Fatal("a text without a region")
			}
		}
	})
}
