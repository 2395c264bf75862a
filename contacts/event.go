package contacts

import "slices"

// Event is one live event (protocol.md section 3), as it stands in the stream.
type Event struct {
	ID        string `json:"id"`
	Seq       int64  `json:"seq"`
	Type      string `json:"type"`
	At        string `json:"at"` // RFC 3339, UTC, milliseconds
	Agent     string `json:"agent"`
	Actor     string `json:"actor"`
	Campaign  string `json:"campaign"`
	ContactID string `json:"contactId"`
	Phone     string `json:"phone"` // last four digits
	Reason    string `json:"reason"`
	Note      string `json:"note"`
	HeldMs    int64  `json:"heldMs"`
	Skips     int    `json:"skips"`
	Node      string `json:"node"`
}

// EventTypes are all there are.
var EventTypes = []string{"reserve", "dial", "skip", "skip_close", "expire", "release", "outcome", "review", "block", "unblock", "alert"}

// Ends reports whether an event ended a reservation, and whether by a skip. Who
// cannot say that it dials, and never told an outcome, may have dialled.
func (e *Event) Ends() (ended, skipped bool) {
	switch e.Type {
	case "skip", "skip_close":
		return true, true
	case "dial", "expire", "release":
		return true, false
	}
	return e.Type == "review" && e.Reason == "maybe_dialled", false
}

// IsResult reports whether an event leaves the hub as a result.
func (e *Event) IsResult() bool {
	switch e.Type {
	case "outcome", "skip_close", "block":
		return true
	}
	return e.Type == "review" && e.Reason == "close"
}

// Filter chooses events; empty fields choose all.
type Filter struct {
	Campaign, Agent, Reason, Type string
	Campaigns                     []string // what the supervisor may see; nil: all
}

// Match reports whether the filter lets an event through.
func (f *Filter) Match(e *Event) bool {
	return (f.Campaign == "" || f.Campaign == e.Campaign) && (f.Agent == "" || f.Agent == e.Agent) &&
		(f.Reason == "" || f.Reason == e.Reason) && (f.Type == "" || f.Type == e.Type) &&
		(f.Campaigns == nil || slices.Contains(f.Campaigns, e.Campaign))
}
