package contacts

import (
	"errors"
	"time"

	"agenthub/session/identity"
)

// ID names a contact: opaque, at most 128 bytes.
type ID string

// CampaignID names a campaign: opaque, at most 128 bytes.
type CampaignID string

// State is where a contact is. A contact is in exactly one.
type State string

// The states of protocol.md section 6, with the letter Redis stores.
const (
	Available State = "available" // A: in the pool
	Scheduled State = "scheduled" // S: not before a time
	Reserved  State = "reserved"  // R: held by one agent
	Dialled   State = "dialled"   // D: held, and a person pressed Dial
	Wrapup    State = "wrapup"    // W: dialled, agent free, disposition to come
	Review    State = "review"    // V: a supervisor decides
	Closed    State = "closed"    // X
)

// StateOf gives the state that a letter of the store stands for, "" for none.
func StateOf(letter string) State { return states[letter] }

var states = map[string]State{
	"A": Available, "S": Scheduled, "R": Reserved, "D": Dialled, "W": Wrapup, "V": Review, "X": Closed,
}

// CallPersonalCallback is the highest call type of ContactOD: 0 is a regular call, 1 a callback of anybody's, 2 one of one agent's.
const CallPersonalCallback = 2

// Row is one contact as a campaign manager loads it (protocol.md section 6).
type Row struct {
	ID            ID
	Campaign      CampaignID
	Phone         Phone  // as given; shown as given
	E164          string // what prefix and number reach, for matching; made by the importer
	AccountNumber string // default: the id
	Mode          string
	Queue         string
	Prefix        string
	Suffix        string
	Name          string
	Priority      int // 0–9, 0 first
	ExpiryTime    time.Time
	CallbackTime  time.Time
	CallType      int
	PersonalAgent identity.AgentID
	NotBefore     time.Time
	TimeZone      string // by its name in the tz database, "" if unknown
	Region        string // US state or Canadian province, two letters, "" if unknown
	PostalCode    string

	AttemptsBefore []time.Time // calls to the person that were made before, somewhere else
}

// Would is what an import would make of one row.
type Would struct {
	Result ImportResult
	Why    string // if it were taken: the code of what keeps everybody from calling now, "" if nothing does
}

// ImportResult is what became of one row.
type ImportResult string

// Results of Import; anything but Accepted and Updated is a rejected row.
const (
	ImportAccepted ImportResult = "accepted"
	ImportUpdated  ImportResult = "updated"
	ImportBlocked  ImportResult = "blocked"     // the number is on the do-not-call list
	ImportClosed   ImportResult = "closed"      // closed contacts are never reopened by an import
	ImportForeign  ImportResult = "foreign"     // it is in a campaign that the loader does not serve
	ImportUnmade   ImportResult = "no_campaign" // nobody has made its campaign
	ImportHeld     ImportResult = "held"        // an agent holds it; load it again later
)

// Contact is one contact as a campaign manager or supervisor sees it. It has
// no number but the last four digits.
type Contact struct {
	ID            ID
	Campaign      CampaignID
	State         State
	Agent         identity.AgentID // holder, "" if none
	ReservedUntil time.Time        // zero unless held
	Due           time.Time        // when scheduled
	Skips         int              // different agents that skipped it
	Attempts      int
	LastFour      string
	Name          string
	Mode          string
	Priority      int
	CallType      int
	TimeZone      string
	ExpiryTime    time.Time
	Outcome       string // last outcome id, "" if none
}

// CampaignCounts are the contacts of one campaign by state.
type CampaignCounts struct {
	Campaign CampaignID
	State    string // CampaignRunning, …
	Group    string // "" for none
	Counts   map[State]int
	Why      map[string]int // those that wait and cannot be called now, by the check that holds them back
	Unplaced map[string]int // those that are open and whose persons nobody can place, by why
}

// Why is what keeps somebody from being called: the word that a fetch or a dial
// is refused with, the state that stands in the way, or what sent the contact to
// review or closed it. All is zero of one that may be called now.
type Why struct {
	Code string
	Rule string    // which rule, "" if it has no name
	Due  time.Time // when it may be called again, zero if nobody knows
}

// AgentInfo is one agent as GET /agents tells it.
type AgentInfo struct {
	Agent         identity.AgentID
	Name          string
	Campaigns     []string // what the agent serves; nil: all
	Node          string
	Since         time.Time
	State         string // as sent by SendAgentState
	Connected     bool   // false: within grace
	Contact       ID
	Held          CampaignID // the contact's campaign
	ReservedUntil time.Time
}

// ReviewItem is one contact that waits for a supervisor.
type ReviewItem struct {
	Contact
	Since  time.Time
	Reason string // why it is here: skip_limit, no_outcome, callback_missed, …
}

// What callers branch on.
var (
	ErrNotFound       = errors.New("contacts: no such contact")
	ErrNotHeld        = errors.New("contacts: the agent holds nothing")
	ErrWithdrawn      = errors.New("contacts: the contact was withdrawn")
	ErrBlocked        = errors.New("contacts: the number is on the do-not-call list")
	ErrNotMatchable   = errors.New("contacts: the number is none that can be matched")
	ErrDialled        = errors.New("contacts: the contact is dialled")
	ErrOutcomePending = errors.New("contacts: the dialled contact waits for its outcome")
	ErrPaused         = errors.New("contacts: the campaign is paused")
	ErrExtendLimit    = errors.New("contacts: kept the most times allowed")
	ErrNoteMissing    = errors.New("contacts: the reason needs a note")
	ErrUnknownReason  = errors.New("contacts: the campaign has no such skip reason")
	ErrSkipDisabled   = errors.New("contacts: the campaign's contacts are not skipped")
	ErrUnknownOutcome = errors.New("contacts: the campaign has no such outcome")
	ErrPastCallback   = errors.New("contacts: the callback is in the past")
	ErrFarCallback    = errors.New("contacts: the callback is more than two years ahead")
	ErrAgentBusy      = errors.New("contacts: the agent holds another contact")
	ErrNoContacts     = errors.New("contacts: no contact to reserve")
	ErrNoCampaign     = errors.New("contacts: no such campaign")
	ErrVersion        = errors.New("contacts: the campaign's rules are another version by now")
	ErrState          = errors.New("contacts: not possible in this state")
	ErrReused         = errors.New("contacts: request id used for another request")
	ErrSuperseded     = errors.New("contacts: the agent signed in elsewhere")
	ErrGone           = errors.New("contacts: what followed the cursor is not kept any more")
	ErrCursor         = errors.New("contacts: the cursor is not one of ours")
)

// What holds back all contacts of a campaign that does not run, one whose person is
// not called at this hour, and one on a do-not-call layer; other codes stand with their
// rules.
const (
	Paused       = "paused"
	OutsideHours = "outside_hours"
	Blocked      = "blocked"
	NotMatchable = "not_matchable" // its number is none, so nobody knows whether it is on a do-not-call list
)

// Why nobody knows where a person is.
const (
	Nowhere   = "nowhere" // nothing is known, or no clock
	InCountry = "country" // no more is than a country of several clocks
)

// BlockedError is ErrBlocked, by which do-not-call layer and until when, zero if
// nobody knows.
type BlockedError struct {
	Layer string
	Opens time.Time
}

func (e *BlockedError) Error() string {
	return "contacts: the number is on the do-not-call layer " + e.Layer
}

// Is makes it an ErrBlocked.
func (e *BlockedError) Is(target error) bool { return target == ErrBlocked }

// Clocks are the zones of a person: the one that was given, "" if none was, and else
// all that it may be in.
type Clocks struct {
	Given    string
	Possible []string
}

// RuleNoZone forbids a call where nobody knows the person's clock.
const RuleNoZone = "no_zone"

// HoursError says that nobody may call the person now, from when on, zero for a ban
// of which nobody knows when it ends, and by which rule: one of a pack, "campaign",
// or RuleNoZone.
type HoursError struct {
	Opens time.Time
	Rule  string
}

func (e *HoursError) Error() string { return "contacts: outside the calling hours" }

// ExpiresError says that a contact is over before the time that somebody named.
type ExpiresError struct{ At time.Time }

func (e *ExpiresError) Error() string { return "contacts: the contact expires before" }

// TakenError says why a contact cannot be reserved now: its state, or the check
// it failed.
type TakenError struct {
	Why   string    // a State, or personal, expired, avoided, paused, not_matchable, blocked, outside_hours, no_zone, too_many_attempts, too_soon, phone_held
	Until time.Time // when to ask again, zero if nobody knows
	Rule  string    // or layer that forbids it, as in HoursError and PaceError, "" if none does
}

func (e *TakenError) Error() string { return "contacts: the contact cannot be reserved now: " + e.Why }
