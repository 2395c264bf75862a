package lists

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/lists/sheet"
)

// readRows reads to the end: the good rows and the refused lines.
func readRows(tb testing.TB, in io.Reader, format Format) (rows []contacts.Row, refused []RowError, err error) {
	tb.Helper()
	rr, err := NewRowReader(in, Options{Format: format, Region: "US", Zones: contactstest.Zones().Data()})
	if err != nil {
		return nil, nil, err
	}
	for {
		row, line, err := rr.Next()
		if rowErr, ok := errors.AsType[*RowError](err); ok {
			if rowErr.Line != line {
				tb.Fatalf("line %d in the error, %d beside it", rowErr.Line, line)
			}
			refused = append(refused, *rowErr)
			continue
		}
		if errors.Is(err, io.EOF) {
			for _, column := range rr.Ignored() {
				if !contacts.Plain(column.Column, mostName+len("…")) {
					tb.Fatalf("ignored %q", column.Column)
				}
			}
			return rows, refused, nil
		}
		if err != nil {
			return rows, refused, err
		}
		rows = append(rows, row)
	}
}

var fullRow = contacts.Row{
	ID: "c1", Campaign: "spring", Phone: "(212) 555-0123", E164: "+12125550123", AccountNumber: "5|3|1|0|0|44|1",
	Mode: "Home", Queue: "q", Prefix: "9", Suffix: "#", Name: "Contact, One", Priority: 3,
	ExpiryTime:   time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
	CallbackTime: time.Date(2027, 1, 2, 2, 4, 5, 0, time.UTC),
	CallType:     contacts.CallPersonalCallback, PersonalAgent: "agent1",
	NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), TimeZone: "America/New_York",
	AttemptsBefore: []time.Time{time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC), time.Date(2026, 1, 4, 3, 4, 5, 0, time.UTC)},
}

func TestBothFormatsGiveTheSameRow(t *testing.T) {
	inputs := map[string]struct {
		format Format
		text   string
	}{
		"ndjson": {NDJSON, `{"contactId":"c1","CampaignID":"spring","phoneNumber":"(212) 555-0123","accountNumber":"5|3|1|0|0|44|1",
			"mode":"Home","queue":"q","prefix":9,"suffix":"#","name":"Contact, One","priority":3,"expiryTime":"2030-01-02T03:04:05Z",
			"callbackTime":"2027-01-02T03:04:05+01:00","callType":"2","personalAgent":"agent1","notBefore":"2026-01-02T03:04:05.9Z",
			"timeZone":"America/New_York","attemptsBefore":["2026-01-03T03:04:05Z","2026-01-04T03:04:05Z"],"unknown":{"a":[1,{}]},"unknown2":null}`},
		"csv with BOM and CRLF": {CSV, "\ufeffcontact_id,Campaign Id,PHONENUMBER,accountNumber,mode,queue,prefix,suffix,name,priority,expiryTime,callbackTime,callType,personalAgent,notBefore,timeZone,attempts before,notes\r\n" +
			"\r\nc1,spring,(212) 555-0123,5|3|1|0|0|44|1,Home,q,9,#,\"Contact, One\",3,2030-01-02T03:04:05Z,2027-01-02T03:04:05+01:00,2,agent1,2026-01-02T03:04:05.9Z,America/New_York,2026-01-03T03:04:05Z 2026-01-04T03:04:05Z,\"he said \"\"no\"\"\"\r\n"},
		"csv in another order, with semicolons": {CSV, "attemptsBefore;timeZone;notBefore;personalAgent;callType;callbackTime;expiryTime;priority;name;suffix;prefix;queue;mode;accountNumber;phoneNumber;campaignId;contactId\n" +
			"2026-01-03T03:04:05Z|2026-01-04T03:04:05Z;America/New_York;2026-01-02T03:04:05Z;agent1;2;2027-01-02T02:04:05Z;2030-01-02T03:04:05Z;3;Contact, One;#;9;q;Home;5|3|1|0|0|44|1;(212) 555-0123;spring; c1 "},
	}
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			if in.format == NDJSON {
				in.text = strings.ReplaceAll(in.text, "\n", " ")
			}
			rows, refused, err := readRows(t, strings.NewReader(in.text), in.format)
			if err != nil || len(refused) > 0 || len(rows) != 1 || !reflect.DeepEqual(rows[0], fullRow) {
				t.Fatalf("got %+v, refused %v, %v\nwant %+v", rows, refused, err, fullRow)
			}
		})
	}
}

func TestBadRowsAreRefusedAlone(t *testing.T) {
	const good = `{"contactId":"c1","campaignId":"k","phoneNumber":"+1 212 555 0123"`
	tests := []struct{ name, line, want string }{
		{"not JSON", `contactId=c1`, "is no JSON object"},
		{"array", `[]`, "is no JSON object"},
		{"null", `null`, "is no JSON object"},
		{"cut off", good, "is no JSON object"},
		{"two objects", good + `} {}`, "is no JSON object"},
		{"key twice", good + `,"name":"a","name":"b"}`, "is no JSON object"},
		{"key twice in two spellings", good + `,"name":"a","NAME":"b"}`, "a key stands twice"},
		{"boolean", good + `,"name":true}`, "a value is neither text nor number"},
		{"attempts to come", good + `,"attemptsBefore":["2026-01-03T03:04:05Z","9000-01-01T00:00:00Z"]}`, "attemptsBefore: has a time that is still to come"},
		{"an attempt without an offset", good + `,"attemptsBefore":["2026-01-03 03:04"]}`, "attemptsBefore: is no time like 2026-01-31T18:00:00Z"},
		{"attempts that are no list of texts", good + `,"attemptsBefore":[1]}`, "a value is neither text nor number"},
		{"a list elsewhere", good + `,"name":["a"]}`, "a value is neither text nor number"},
		{"101 attempts", good + `,"attemptsBefore":"` + strings.Repeat("2026-01-03T03:04:05Z ", 101) + `"}`, "attemptsBefore: has more than 100 times"},
		{"nested", good + `,"name":{"a":1}}`, "a value is neither text nor number"},
		{"invalid UTF-8", good + ",\"name\":\"\x81\"}", "is not in UTF-8"},
		{"deep", good + `,"x":` + strings.Repeat("[", 20000) + `}`, "is no JSON object"},
		{"no id", `{"campaignId":"k","phoneNumber":"+1 212 555 0123"}`, "contactId: is missing"},
		{"blank campaign", `{"contactId":"c","campaignId":" ","phoneNumber":"+1 212 555 0123"}`, "campaignId: is missing"},
		{"null number", `{"contactId":"c","campaignId":"k","phoneNumber":null}`, "phoneNumber: is missing"},
		{"number with letters", `{"contactId":"c","campaignId":"k","phoneNumber":"212-867-CALL"}`, "phoneNumber: only digits"},
		{"number as exponent", `{"contactId":"c","campaignId":"k","phoneNumber":2.128675309e9}`, "phoneNumber: was shortened"},
		{"long id", `{"contactId":"` + strings.Repeat("c", 129) + `","campaignId":"k","phoneNumber":"+1 212 555 0123"}`, "contactId: is too long"},
		{"control character", good + `,"name":"a\u0000b"}`, "name: has characters"},
		{"line break", good + `,"name":"a\nb"}`, "name: has characters"},
		{"text direction", good + `,"name":"a\u202eb"}`, "name: has characters"},
		{"priority", good + `,"priority":10}`, "priority: is no number from 0 to 9"},
		{"negative priority", good + `,"priority":-1}`, "priority: is no number"},
		{"call type", good + `,"callType":3}`, "callType: is no number from 0 to 2"},
		{"personal callback of nobody", good + `,"callType":2}`, "personalAgent: goes with"},
		{"owner of no callback", good + `,"personalAgent":"agent1"}`, "personalAgent: goes with"},
		{"time", good + `,"expiryTime":"31/02/2026"}`, "expiryTime: is a date in an order that differs"},
		{"31 February", good + `,"notBefore":"2026-02-31T00:00:00Z"}`, "notBefore: is no time"},
		{"year 1", good + `,"callbackTime":"0001-01-01T00:00:00Z"}`, "callbackTime: is no time"},
		{"region of nowhere", good + `,"region":"QQ"}`, "region: is no US state"},
		{"region of another country", `{"contactId":"c1","campaignId":"k","phoneNumber":"+44 20 7183 8750","region":"NY"}`, "region: is of the US or Canada, and the number of another country"},
		{"region of another country of +1", `{"contactId":"c1","campaignId":"k","phoneNumber":"+1 876 555 0123","region":"NY"}`, "region: is of the US or Canada, and the number"},
		{"zone", good + `,"timeZone":"Mars/Olympus"}`, "timeZone: is no time zone"},
		{"this machine's zone", good + `,"timeZone":"Local"}`, "timeZone: depends on the machine"},
		{"zone as path", good + `,"timeZone":"../../etc/passwd"}`, "timeZone: is no time zone"},
		{"too long", good + `,"x":"` + strings.Repeat("x", sheet.MaxLine) + `"}`, "longer than 65536 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := good + "}\n" + tt.line + "\n\n" + good + "}"
			rows, refused, err := readRows(t, strings.NewReader(in), NDJSON)
			if err != nil || len(rows) != 2 || len(refused) != 1 {
				t.Fatalf("%d rows, refused %v, %v, want 2 rows and one refusal", len(rows), refused, err)
			}
			if refused[0].Line != 2 || !strings.HasPrefix(refused[0].Err, tt.want) {
				t.Fatalf("refused %v, want line 2: %s", refused[0], tt.want)
			}
			if strings.Contains(refused[0].Error(), "867") {
				t.Fatalf("the refusal shows a number: %v", refused[0])
			}
		})
	}
}

func TestCSVLinesStandAlone(t *testing.T) {
	in := "contactId,campaignId,phoneNumber,name\n" +
		"c2,k,+1 212 555 0123,\"open\n" + // 2: swallows nothing that follows
		"c3,k,+1 212 555 0123\n" + // a cell left out at the end is blank
		"c4,k,+1 212 555 0123,a,b\n" + // 4: too many
		"c5,k,+1 212 555 0123,a\"b\n" + // 5: quote inside
		"\n" +
		"c7,k,+1 212 555 0123,seven\n" +
		strings.Repeat("x", 3*sheet.MaxLine) + "\n" + // 8
		"c9,k,+1 212 555 0123,nine"
	rows, refused, err := readRows(t, strings.NewReader(in), CSV)
	if err != nil {
		t.Fatal(err)
	}
	var ids []contacts.ID
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	var lines []int
	for _, r := range refused {
		lines = append(lines, r.Line)
	}
	if !slices.Equal(ids, []contacts.ID{"c3", "c7", "c9"}) || !slices.Equal(lines, []int{2, 4, 5, 8}) {
		t.Fatalf("rows %v, refused %v", ids, refused)
	}
}

func TestCSVHeaderIsRequired(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "the file is empty",
		"\n\n":                               "the file is empty",
		"c1,spring,+1 212 555 0123\n":        "the first line is a row",
		"c1,spring,Ann\n":                    "missing: contactId, campaignId, phoneNumber",
		"contactId,phoneNumber\nc1,1\n":      "missing: campaignId",
		"contactId,contact_id\n":             "names contactId twice",
		"\"contactId,campaignId\n":           "a quote is not closed",
		strings.Repeat("x", 2*sheet.MaxLine): "longer than",
		"contactId\tcampaignId\tNumber\n":    "missing: phoneNumber (is it Number?); say which column it is, as map phoneNumber=COLUMN",
		"Lead ID,compaignId,Number,tz\n":     "missing: campaignId (is it compaignId?), phoneNumber (is it Number?)",
	} {
		_, _, err := readRows(t, strings.NewReader(in), CSV)
		if _, ok := errors.AsType[HeaderError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("header %.40q: %v, want %q", in, err, want)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(`{"contactId":"c1","campaignId":"k","phoneNumber":"+1 212 555 0123","priority":3}`+"\n{}\n"), false)
	f.Add([]byte("contactId,campaignId,phoneNumber,name\nc1,k,+1 212 555 0123,\"a \"\"b\"\"\"\r\n\"\n"), true)
	f.Add([]byte("contactId;campaignId;phoneNumber\nc1;k;(212) 555-0123\n"), true)
	f.Add([]byte("\ufeff{\"contactId\":1e400,\"campaignId\":-0,\"phoneNumber\":2125550123}"), false)
	f.Fuzz(func(t *testing.T, in []byte, isCSV bool) {
		format := NDJSON
		if isCSV {
			format = CSV
		}
		rows, refused, err := readRows(t, bytes.NewReader(in), format)
		if err != nil {
			if _, ok := errors.AsType[HeaderError](err); !ok {
				t.Fatalf("%v from a reader that never fails", err)
			}
			return
		}
		if lines := bytes.Count(in, []byte("\n")) + bytes.Count(in, []byte("\r")) + 1; len(rows)+len(refused) > lines {
			t.Fatalf("%d rows and %d refusals of %d lines", len(rows), len(refused), lines)
		}
		for _, r := range rows {
			for _, id := range []string{string(r.ID), string(r.Campaign), r.AccountNumber} {
				if id == "" || !contacts.Plain(id, 128) {
					t.Fatalf("took the id %q", id)
				}
			}
			_, err := contactstest.Zones().Data().Location(r.TimeZone)
			if r.E164 == "" || r.Priority < 0 || r.Priority > 9 || r.TimeZone != "" && err != nil {
				t.Fatalf("took %+v", r)
			}
		}
		for _, r := range refused {
			if !contacts.Plain(r.Err, 200) {
				t.Fatalf("refusal %q", r.Err)
			}
		}
	})
}

func BenchmarkRows(b *testing.B) {
	var in bytes.Buffer
	in.WriteString("contactId,campaignId,phoneNumber,name,timeZone\n")
	for i := range 10_000 {
		fmt.Fprintf(&in, "c%d,spring,+1 212 555 %04d,Contact,America/New_York\n", i, i)
	}
	for b.Loop() {
		if rows, _, err := readRows(b, bytes.NewReader(in.Bytes()), CSV); err != nil || len(rows) != 10_000 {
			b.Fatal(len(rows), err)
		}
	}
}
