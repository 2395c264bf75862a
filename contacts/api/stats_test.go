package api_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"agenthub/contacts"
	"agenthub/contacts/history"
)

// A reason or a type chooses what is counted as a skip. What the skips are a
// share of, it leaves alone: else every rate is 1.
func TestReasonAndTypeChooseTheSkipsAlone(t *testing.T) {
	const hour = "/skips/stats?from=2026-03-01T09:00:00Z&to=2026-03-01T10:00:00Z"
	var events []contacts.Event
	for _, e := range []contacts.Event{
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
	api := newTestAPI(t, faked(&fakeStore{events: events}))
	for _, c := range []struct {
		name, query string
		total       history.Tally
		agents      []history.AgentTally
		reasons     []history.ReasonTally
	}{
		{
			"everything", "",
			tally(3, 7),
			[]history.AgentTally{{Agent: "a", Tally: tally(2, 3)}, {Agent: "b", Tally: tally(1, 4)}},
			[]history.ReasonTally{{Reason: "busy", Tally: tally(2, 7)}, {Reason: "bad_time", Tally: tally(1, 7)}},
		},
		{
			"one reason", "&reason=busy",
			tally(2, 7),
			[]history.AgentTally{{Agent: "a", Tally: tally(1, 3)}, {Agent: "b", Tally: tally(1, 4)}},
			[]history.ReasonTally{{Reason: "busy", Tally: tally(2, 7)}},
		},
		{
			"one type", "&type=skip_close",
			tally(1, 7),
			[]history.AgentTally{{Agent: "b", Tally: tally(1, 4)}, {Agent: "a", Tally: tally(0, 3)}},
			[]history.ReasonTally{{Reason: "busy", Tally: tally(1, 7)}},
		},
		{
			"a type that is no skip", "&type=dial",
			tally(0, 7),
			[]history.AgentTally{{Agent: "a", Tally: tally(0, 3)}, {Agent: "b", Tally: tally(0, 4)}},
			[]history.ReasonTally{},
		},
		{
			"one agent", "&agent=a&reason=busy",
			tally(1, 3),
			[]history.AgentTally{{Agent: "a", Tally: tally(1, 3)}},
			[]history.ReasonTally{{Reason: "busy", Tally: tally(1, 3)}},
		},
		{
			"one campaign", "&campaign=spring&type=skip",
			tally(2, 4),
			[]history.AgentTally{{Agent: "a", Tally: tally(2, 3)}, {Agent: "b", Tally: tally(0, 1)}},
			[]history.ReasonTally{{Reason: "bad_time", Tally: tally(1, 4)}, {Reason: "busy", Tally: tally(1, 4)}},
		},
	} {
		status, got, _ := api.call(t, "supervisor", "GET", hour+c.query, "", "")
		var said history.Rates
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

func tally(skips, ended int) history.Tally {
	return history.Tally{Skips: skips, Ended: ended, Rate: float64(skips) / float64(ended)}
}
