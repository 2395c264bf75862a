package contacts

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// sealed is what ContactOD shows and no script reads. The number is sealed by the vault.
type sealed struct{ Phone, Mode, Queue, Prefix, Suffix, Name string }

// unit stands between the parts of the contact's field im. No text of a row has it (row.go).
const unit = "\x1f"

func (f sealed) pack() string {
	return strings.Join([]string{f.Phone, f.Mode, f.Queue, f.Prefix, f.Suffix, f.Name}, unit)
}

func unpack(im string) (f sealed, ok bool) {
	for _, part := range []*string{&f.Phone, &f.Mode, &f.Queue, &f.Prefix, &f.Suffix} {
		if *part, im, ok = strings.Cut(im, unit); !ok {
			return f, false
		}
	}
	f.Name = im
	return f, !strings.Contains(im, unit)
}

// view is a contact as its holder sees it, number and all.
type view struct {
	sealed
	ID       ID
	RID      string
	State    State
	Campaign CampaignID
	Until    time.Time
	Expiry   time.Time
	Callback time.Time
	CallType string
	Skips    int
	Attempts int
	Zone     string
	Account  string
	Phone    Phone
}

// shownFields is how many strings a script's view of a contact has (lib/shownFields.lua).
const shownFields = 11

// parseShown reads id, rid and the shown fields of a reply: [id rid shown…].
func (s *Store) parseShown(r []string) (*view, error) {
	if len(r) < 2+shownFields {
		return nil, fmt.Errorf("contacts: a shown contact has %d fields, not %d", len(r), 2+shownFields)
	}
	f := r[2:]
	v := &view{
		ID: ID(unesc(r[0])), RID: r[1], State: states[f[0]], Campaign: CampaignID(unesc(f[1])), Until: parseMs(f[2]),
		Expiry: parseMs(f[3]), Callback: parseMs(f[4]), CallType: f[5], Skips: atoi(f[6]), Attempts: atoi(f[7]),
		Zone: f[8], Account: unesc(f[9]),
	}
	var ok bool
	if v.sealed, ok = unpack(f[10]); !ok {
		return nil, fmt.Errorf("contacts: shown fields of %s are unreadable", v.ID)
	}
	phone, err := s.vault.Open(v.ID, v.sealed.Phone)
	if err != nil {
		return nil, err
	}
	v.Phone = phone
	return v, nil
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// contactOD is the answer of GetContactOD, keys in the published order. The
// hub's own fields follow for agenthub.v1 alone.
type contactOD struct {
	PhoneNumber   string
	AccountNumber string
	CampaignID    string `json:"CampaignId"`
	Mode          string
	ContactID     string `json:"ContactId"`
	ExpiryTime    string
	CallbackTime  string
	CallType      string
	Prefix        string
	Suffix        string
	Queue         string
	*extension
}

// reservedContactOD is the answer of GetReservedContactOD: its id key ends in a
// capital D, and id and call type are numbers.
type reservedContactOD struct {
	PhoneNumber   string
	AccountNumber string
	CampaignID    string `json:"CampaignId"`
	Mode          string
	ContactID     any // a JSON number if the id is one, else a string
	ExpiryTime    string
	CallbackTime  string
	CallType      int
	Prefix        string
	Suffix        string
	Queue         string
	*extension
}

// extension is what agenthub.v1 adds to a contact.
type extension struct {
	State         State  `json:"state"`
	ReservedUntil string `json:"reservedUntil"`
	Name          string `json:"name"`
	Skips         int    `json:"skips"`
	Attempts      int    `json:"attempts"`
	TimeZone      string `json:"timeZone"`
	CallableUntil string `json:"callableUntil"`
}

func (v *view) extension(legacy bool, until time.Time) *extension {
	if legacy {
		return nil
	}
	return &extension{
		State: v.State, ReservedUntil: stamp(v.Until), Name: v.Name, Skips: v.Skips, Attempts: v.Attempts,
		TimeZone: v.Zone, CallableUntil: stamp(until),
	}
}

func (v *view) contactOD(legacy bool, until time.Time) *contactOD {
	return &contactOD{
		PhoneNumber: v.Phone.Reveal(), AccountNumber: v.Account, CampaignID: string(v.Campaign), Mode: v.Mode,
		ContactID: string(v.ID), ExpiryTime: stamp(v.Expiry), CallbackTime: stamp(v.Callback), CallType: v.CallType,
		Prefix: v.Prefix, Suffix: v.Suffix, Queue: v.Queue, extension: v.extension(legacy, until),
	}
}

func (v *view) reservedContactOD(legacy bool, until time.Time) reservedContactOD {
	var id any = string(v.ID)
	if n, err := strconv.ParseInt(string(v.ID), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(v.ID) {
		id = n
	}
	return reservedContactOD{
		PhoneNumber: v.Phone.Reveal(), AccountNumber: v.Account, CampaignID: string(v.Campaign), Mode: v.Mode,
		ContactID: id, ExpiryTime: stamp(v.Expiry), CallbackTime: stamp(v.Callback), CallType: atoi(v.CallType),
		Prefix: v.Prefix, Suffix: v.Suffix, Queue: v.Queue, extension: v.extension(legacy, until),
	}
}
