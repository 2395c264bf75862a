package contacts

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// A reason or a type chooses what is counted as a skip. What the skips are a
// share of, it leaves alone: else every rate is 1.
func TestReasonAndTypeChooseTheSkipsAlone(t *testing.T) {
	const hour = "/skips/stats?from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z"
	var events []Event
	for _, e := range []Event{
		{Type: "reserve", Agent: "a"},
		{Type: "skip", Agent: "a", Campaign: "spring", Reason: "busy"},
		{Type: "skip", Agent: "a", Campaign: "spring", Reason: "bad_time"},
		{Type: "skip_close", Agent: "b", Campaign: "spring", Reason: "busy"},
		{Type: "dial", Agent: "a", Campaign: "spring"},
		{Type: "expire", Agent: "b", Campaign: "autumn"},
		{Type: "release", Agent: "b", Campaign: "autumn", Reason: "disconnect"},
		{Type: "review", Agent: "b", Campaign: "autumn", Reason: "maybe_dialled"},
		{Type: "review", Agent: "b", Campaign: "autumn", Reason: "close"},
	} {
		e.At = "2026-03-01T09:30:00.000Z"
		events = append(events, e)
	}
	api := newTestAPI(t, &fakeStore{events: events})
	for _, c := range []struct {
		name, query string
		total       Tally
		agents      []agentTally
		reasons     []reasonTally
	}{
		{
			"everything", "",
			tallyOf(3, 7),
			[]agentTally{{"a", tallyOf(2, 3)}, {"b", tallyOf(1, 4)}},
			[]reasonTally{{"busy", tallyOf(2, 7)}, {"bad_time", tallyOf(1, 7)}},
		},
		{
			"one reason", "&reason=busy",
			tallyOf(2, 7),
			[]agentTally{{"a", tallyOf(1, 3)}, {"b", tallyOf(1, 4)}},
			[]reasonTally{{"busy", tallyOf(2, 7)}},
		},
		{
			"one type", "&type=skip_close",
			tallyOf(1, 7),
			[]agentTally{{"b", tallyOf(1, 4)}, {"a", tallyOf(0, 3)}},
			[]reasonTally{{"busy", tallyOf(1, 7)}},
		},
		{
			"a type that is no skip", "&type=dial",
			tallyOf(0, 7),
			[]agentTally{{"a", tallyOf(0, 3)}, {"b", tallyOf(0, 4)}},
			[]reasonTally{},
		},
		{
			"one agent", "&agent=a&reason=busy",
			tallyOf(1, 3),
			[]agentTally{{"a", tallyOf(1, 3)}},
			[]reasonTally{{"busy", tallyOf(1, 3)}},
		},
		{
			"one campaign", "&campaign=spring&type=skip",
			tallyOf(2, 4),
			[]agentTally{{"a", tallyOf(2, 3)}, {"b", tallyOf(0, 1)}},
			[]reasonTally{{"bad_time", tallyOf(1, 4)}, {"busy", tallyOf(1, 4)}},
		},
	} {
		status, got, _ := api.call(t, "supervisor", "GET", hour+c.query, "", "")
		var said statsJSON
		if err := json.Unmarshal([]byte(got), &said); err != nil || status != 200 {
			t.Fatalf("%s: %d %s", c.name, status, got)
		}
		if said.Total != c.total || !reflect.DeepEqual(said.Agents, c.agents) || !reflect.DeepEqual(said.Reasons, c.reasons) {
			t.Errorf("%s: %v %v %v, want %v %v %v", c.name, said.Total, said.Agents, said.Reasons, c.total, c.agents, c.reasons)
		}
		if minute := said.PerMinute[0]; len(said.PerMinute) != 1 || minute.Tally != c.total {
			t.Errorf("%s: the minute is %v, want %v", c.name, said.PerMinute, c.total)
		}
	}
}

// An answer is shared by those alone who may see the same.
func TestStatsAreSharedByEqualsAlone(t *testing.T) {
	asked := map[string]string{}
	at := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	for name, f := range map[string]Filter{
		"of all campaigns": {}, "of none": {Campaigns: []string{}}, "of one": {Campaigns: []string{"a b"}},
		"of two": {Campaigns: []string{"a", "b"}}, "asking for one": {Campaign: "a b"}, "asking for an agent": {Agent: "a b"},
	} {
		q := (&HistoryQuery{}).question(f, "", at, at.Add(time.Hour))
		if other := asked[q]; other != "" {
			t.Errorf("a supervisor %s is given the answer of one %s", name, other)
		}
		asked[q] = name
	}
}

// Who names a time is told of exactly that; who names none shares "now" with
// the others of that minute.
func TestOnlyTimesNobodyGaveAreShared(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 3, 2, 12, 0, second, 0, time.UTC) }
	given := func(from, to time.Time) string {
		return (&HistoryQuery{From: from, To: to}).question(Filter{}, "", from, to)
	}
	if given(at(0), at(20)) == given(at(30), at(59)) {
		t.Error("two spans within one minute share an answer")
	}
	now := func(from time.Time, second int) string {
		return (&HistoryQuery{From: from}).question(Filter{}, "", from, at(second))
	}
	if now(at(0), 1) != now(at(0), 59) {
		t.Error("two that ask up to now in the same minute share nothing")
	}
	if now(at(0), 59) == now(at(30), 59) {
		t.Error("two that begin at different times share an answer")
	}
	last := func(second int) string {
		return (&HistoryQuery{}).question(Filter{}, "", at(second).Add(-24*time.Hour), at(second))
	}
	if last(1) != last(59) {
		t.Error("two that ask for the last day in the same minute share nothing")
	}
}
