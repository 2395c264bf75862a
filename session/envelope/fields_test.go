package envelope

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func parse(tb testing.TB, object string) Fields {
	tb.Helper()
	f, err := ParseFields([]byte(object))
	if err != nil {
		tb.Fatalf("ParseFields(%s) = %v", object, err)
	}
	return f
}

func TestFields(t *testing.T) {
	f := parse(t, `{"LCMKey":"5|3|1|0|0|44|1","OutcomeId":100,"Seq":"7","Float":1.5,"Yes":"TRUE","No":false,"Null":null,
		"Obj":{"Agent":"x","UserID":"y","AgentID":"z"},"Arr":[1],"Empty":"","Big":1e400,"Long":9223372036854775808}`)
	for _, c := range []struct {
		names []string
		want  string
		ok    bool
		bad   bool
	}{
		{[]string{"AccountNumber"}, "5|3|1|0|0|44|1", true, false},
		{[]string{"accountnumber", "LCMKEY"}, "5|3|1|0|0|44|1", true, false},
		{[]string{"OutcomeId"}, "100", true, false},
		{[]string{"nope", "outcomeid"}, "100", true, false},
		{[]string{"OutcomeId", "Seq"}, "", false, true},
		{[]string{"Empty"}, "", true, false},
		{[]string{"Big"}, "1e400", true, false},
		{[]string{"Long"}, "9223372036854775808", true, false},
		{[]string{"nope"}, "", false, false},
		{[]string{"Null"}, "", false, true},
		{[]string{"Obj"}, "", false, true},
		{[]string{"Arr"}, "", false, true},
		{[]string{"No"}, "", false, true},
	} {
		got, ok, err := f.Text(c.names...)
		if got != c.want || ok != c.ok || (err != nil) != c.bad {
			t.Errorf("Text(%q) = %q, %v, %v", c.names, got, ok, err)
		}
	}
	if n, ok, err := f.Int("Seq"); n != 7 || !ok || err != nil {
		t.Errorf("Int = %d, %v, %v", n, ok, err)
	}
	for _, name := range []string{"Float", "Big", "Long", "Yes", "Empty"} {
		if _, _, err := f.Int(name); err == nil {
			t.Errorf("Int(%s) is a whole number", name)
		}
	}
	if yes, ok, err := f.Bool("yes"); !yes || !ok || err != nil {
		t.Errorf("Bool = %v, %v, %v", yes, ok, err)
	}
	if no, ok, err := f.Bool("No"); no || !ok || err != nil {
		t.Errorf("Bool = %v, %v, %v", no, ok, err)
	}
	if _, _, err := f.Bool("Seq"); err == nil {
		t.Error("7 is a boolean")
	}
	obj, ok := f.Object("OBJ")
	if agent, _, _ := obj.Text("agent"); !ok || agent != "x" {
		t.Errorf("Object = %v, agent %q", ok, agent)
	}
	if _, ok := f.Object("Arr"); ok {
		t.Error("an array is an object")
	}
}

func TestCanonicalSaysTheSameForTheSame(t *testing.T) {
	same := [][2]string{
		{`{"UserID":"a","ContactId":5}`, `{"contactid":"5","AgentID":"a"}`},
		{`{"a":true}`, `{"A":"true"}`},
		{`{"o":{"x":1,"y":2}}`, `{"O":{"Y":2,"X":1}}`},
		{`{"a":"\u0041"}`, `{"a":"A"}`},
	}
	for _, c := range same {
		if a, b := parse(t, c[0]).AppendCanonical(nil), parse(t, c[1]).AppendCanonical(nil); !bytes.Equal(a, b) {
			t.Errorf("%s and %s differ: %s, %s", c[0], c[1], a, b)
		}
	}
	differ := []string{
		`{}`, `{"a":""}`, `{"a":null}`, `{"a":"null"}`, `{"a":{}}`, `{"a":"{}"}`, `{"a":[]}`, `{"a":1}`, `{"a":"1","b":"2"}`,
		`{"a":"1\",\"b\":\"2"}`, `{"ab":1}`, `{"a":{"b":1}}`, `{"a":"A"}`,
	}
	for i, x := range differ {
		for _, y := range differ[:i] {
			if bytes.Equal(parse(t, x).AppendCanonical(nil), parse(t, y).AppendCanonical(nil)) {
				t.Errorf("%s and %s are the same", x, y)
			}
		}
	}
}

func TestEncoding(t *testing.T) {
	r := NewReply("LCM", "WebService", "XResult")
	for _, c := range []struct {
		answer any
		want   string
	}{
		{OK{}, `{"response":{"success":true}}`},
		{map[string]string{"a": "<&>\u2028ü"}, `{"response":{"a":"<&>\u2028ü"}}`},
	} {
		got, err := r.Append(nil, "", c.answer)
		if want := `{"channel":"LCM","topic":"WebService","subtopic":"XResult","message":` + c.want + `}`; err != nil || string(got) != want {
			t.Errorf("Append(%v) = %s, %v, want %s", c.answer, got, err, want)
		}
	}
	got := r.AppendFailure(nil, `q"1`, Refuse(CodeBlocked, "Zürich \"x\"\n"), true)
	if want := `{"channel":"LCM","topic":"WebService","subtopic":"XResult","requestId":"q\"1","message":{"response":{"success":false,"msg":"Zürich \"x\"\n","code":"blocked"}}}`; string(got) != want {
		t.Errorf("AppendFailure = %s, want %s", got, want)
	}
}

// What Decode lets in must be plain to every other JSON reader too.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent"}}`,
		`{"channel":"LCM","topic":"WebService","subtopic":"GetContactOD","data":{"UserID": "testagent”}}`,
		`{"channel":"LCM","topic":"WebService","subtopic":"AgentCallCount","message":{"response":{"PCBCount":"0"}}}`,
		`{"channel":"HUB","topic":"Skips","subtopic":"Subscribe","data":{"since":"1-1","seq":5,"filter":{"agent":"a"}}}`,
		`{"CHANNEL":"lcm","x":[{"a":1,"A":2}],"requestId":"r1","data":null}`,
		`[]`, `{`, "\"\\ud800\"", `{"a":"b”,"c":"d"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		e, err := Decode(frame)
		if err != nil {
			if AsError(err).Code != CodeInvalidMessage {
				t.Errorf("code = %v", err)
			}
			return
		}
		for _, s := range []string{e.Channel, e.Topic, e.Subtopic, e.RequestID} {
			if !utf8.ValidString(s) {
				t.Errorf("invalid UTF-8 in %q", s)
			}
		}
		if !json.Valid(frame) && !strings.Contains(string(frame), curly) {
			t.Errorf("Decode(%q) accepted what is no JSON", frame)
		}
		again, err := Decode(frame)
		if err != nil || !bytes.Equal(again.Data.AppendCanonical(nil), e.Data.AppendCanonical(nil)) {
			t.Errorf("Decode(%q) is not the same twice", frame)
		}
	})
}

func FuzzFields(f *testing.F) {
	f.Add(`{"UserID":"a","agentID":"a"}`, "AgentID")
	f.Add(`{"ſ":"a","s":"b"}`, "S")
	f.Add(`{"AccountNumber":5,"LCMKey":"5"}`, "lcmkey")
	f.Fuzz(func(t *testing.T, object, name string) {
		fields, err := ParseFields([]byte(object))
		if err != nil {
			return
		}
		text, ok, err := fields.Text(name)
		if ok != (fields.Has(name) && err == nil) || !ok && text != "" {
			t.Errorf("Text(%q) of %q = %q, %v, %v", name, object, text, ok, err)
		}
		_, _, _ = fields.Int(name)
		_, _, _ = fields.Bool(name)
		seen := map[string]bool{}
		for _, key := range fields.Keys() {
			if key != fold(key) || seen[key] {
				t.Errorf("keys of %q: %q", object, fields.Keys())
			}
			seen[key] = true
		}
		if !utf8.Valid(fields.AppendCanonical(nil)) {
			t.Errorf("Canonical of %q is no text", object)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	frame := []byte(`{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent","ContactId":"c-12345","Reason":"busy"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
}
