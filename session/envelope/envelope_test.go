package envelope

import (
	"strings"
	"testing"
)

func TestDecodeAccepts(t *testing.T) {
	for _, c := range []struct{ name, frame, agent string }{
		{"sample", `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact","data":{"userID":"testagent"}}`, "testagent"},
		{"letter case of keys and values", `{"CHANNEL":"lcm","Topic":"webservice","subTopic":"SKIPNONPEWCCONTACT","Data":{"USERID":"testagent"}}`, "testagent"},
		{"alias UserId", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserId":"a"}}`, "a"},
		{"alias AgentID", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"AgentID":"a"}}`, "a"},
		{"aliases that agree", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"agentID":"a","userID":"a"}}`, "a"},
		{"number as id", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID":1007}}`, "1007"},
		{"number and string that agree", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID":1007,"AgentID":"1007"}}`, "1007"},
		{"one key twice, the same value", `{"channel":"LCM","Channel":"lcm","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID":"a","userid":"a"}}`, "a"},
		{"unknown keys and a source", `{"source":"IVR","x":[1,{"y":null}],"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID":"a","z":{}}}`, "a"},
		{"curly quote before a brace", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID": "testagent” } }`, "testagent"},
		{"curly quote before a comma", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID":"testagent”,"Note":"x"}}`, "testagent"},
		{"curly quote after a key", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID”:"testagent"}}`, "testagent"},
		{"curly quotes in a comment", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"Note":"he said “no”, twice","UserID":"a"}}`, "a"},
		{"escapes in a key", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"\u0055serID":"a"}}`, "a"},
		{"depth 16", `{"channel":"LCM","topic":"x","subtopic":"SkipNonPEWCContact","data":{"UserID":"a"},"x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Decode([]byte(c.frame))
			if err != nil {
				t.Fatalf("Decode(%s) = %v", c.frame, err)
			}
			if !EqualFold(e.Channel, "LCM") || !EqualFold(e.Subtopic, "SkipNonPEWCContact") {
				t.Errorf("channel, subtopic = %q, %q", e.Channel, e.Subtopic)
			}
			if got, ok, err := e.Data.Text(AgentKey); got != c.agent || !ok || err != nil {
				t.Errorf("agent = %q, %v, %v, want %q", got, ok, err, c.agent)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	const head = `{"channel":"LCM","topic":"WebService","subtopic":"SkipNonPEWCContact",`
	for _, c := range []struct {
		name, frame string
		subtopic    string // that can still be read
	}{
		{"empty", ``, ""},
		{"white space", " \n", ""},
		{"null", `null`, ""},
		{"array", `[]`, ""},
		{"string", `"x"`, ""},
		{"number", `5`, ""},
		{"byte order mark", "\ufeff" + head + `"data":{}}`, ""},
		{"two objects", head + `"data":{}}{}`, "SkipNonPEWCContact"},
		{"trailing garbage", head + `"data":{}} x`, "SkipNonPEWCContact"},
		{"cut off", head + `"data":{"UserID":"a"`, "SkipNonPEWCContact"},
		{"one key twice", head + `"data":{"UserID":"a","UserID":"b"}}`, "SkipNonPEWCContact"},
		{"one key in two letter cases", head + `"data":{"UserID":"a","userid":"victim"}}`, "SkipNonPEWCContact"},
		{"aliases that differ", head + `"data":{"UserID":"a","AgentID":"b"}}`, "SkipNonPEWCContact"},
		{"two keys of a contact", head + `"data":{"AccountNumber":"a","LCMKey":"b"}}`, "SkipNonPEWCContact"},
		{"an agent and null", head + `"data":{"UserID":"a","AgentID":null}}`, "SkipNonPEWCContact"},
		{"two subtopics", head + `"SubTopic":"GetContactOD","data":{}}`, ""},
		{"conflict before the subtopic", `{"channel":"LCM","topic":"WebService","data":{"UserID":"a","AgentID":"b"},"subtopic":"SkipNonPEWCContact"}`, "SkipNonPEWCContact"},
		{"two data", head + `"data":{"UserID":"a"},"Data":{"UserID":"b"}}`, "SkipNonPEWCContact"},
		{"data an array", head + `"data":[]}`, "SkipNonPEWCContact"},
		{"data a string", head + `"data":"x"}`, "SkipNonPEWCContact"},
		{"subtopic a number", `{"channel":"LCM","topic":"WebService","subtopic":5,"data":{}}`, ""},
		{"depth 17", head + `"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "SkipNonPEWCContact"},
		{"depth 5,000 before the subtopic", `{"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `,"subtopic":"SkipNonPEWCContact"}`, "SkipNonPEWCContact"},
		{"65 keys", head + `"data":{` + manyKeys(65) + `}}`, "SkipNonPEWCContact"},
		{"lone surrogate", head + `"data":{"UserID":"\ud800"}}`, "SkipNonPEWCContact"},
		{"invalid UTF-8", head + "\"data\":{\"UserID\":\"\xff\"}}", ""},
		{"NaN", head + `"data":{"UserID":NaN}}`, "SkipNonPEWCContact"},
		{"comment", head + `/* */"data":{}}`, "SkipNonPEWCContact"},
		{"single quotes", `{'channel':'LCM'}`, ""},
		{"opening curly quote", head + `"data":{"UserID":“a”}}`, "SkipNonPEWCContact"},
		{"request id too long", head + `"requestId":"` + strings.Repeat("x", 65) + `","data":{}}`, "SkipNonPEWCContact"},
		{"request id empty", head + `"requestId":"","data":{}}`, "SkipNonPEWCContact"},
		{"request id with a line break", head + `"requestId":"a\nb","data":{}}`, "SkipNonPEWCContact"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := Decode([]byte(c.frame))
			if err == nil {
				t.Fatalf("Decode(%.200s) accepted it", c.frame)
			}
			if got := AsError(err).Code; got != CodeInvalidMessage {
				t.Errorf("code = %q", got)
			}
			if e.Subtopic != c.subtopic {
				t.Errorf("subtopic = %q, want %q", e.Subtopic, c.subtopic)
			}
		})
	}
}

func TestLettersOutsideASCIIDoNotFold(t *testing.T) {
	e, err := Decode([]byte(`{"channel":"LCM","topic":"WebService","ſubtopic":"SkipNonPEWCContact","data":{"uſerid":"victim","UserID":"a"}}`))
	if err != nil || e.Subtopic != "" {
		t.Fatalf("subtopic = %q, %v, want none", e.Subtopic, err)
	}
	if got, _, _ := e.Data.Text(AgentKey); got != "a" {
		t.Errorf("agent = %q, want a", got)
	}
}

func manyKeys(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, `"k`+string(rune('a'+i/26))+string(rune('a'+i%26))+`":1`)
	}
	return strings.Join(keys, ",")
}
