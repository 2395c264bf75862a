package store

import (
	"fmt"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/keys"
)

// View is a contact as its holder sees it, number and all.
type View struct {
	ID            contacts.ID
	Reservation   string
	State         contacts.State
	Campaign      contacts.CampaignID
	Until         time.Time // end of the lease
	Expiry        time.Time
	Callback      time.Time
	CallableUntil time.Time // when the person's day ends, zero without calling hours
	CallType      string
	Skips         int
	Attempts      int
	Zone          string
	Account       string
	Phone         contacts.Phone
	Mode          string
	Queue         string
	Prefix        string
	Suffix        string
	Name          string
}

// viewFields is how many strings a script's view of a contact has.
const viewFields = 12

// parseView reads id, reservation and the view of a reply: [id rid view…].
func (s *Store) parseView(r []string) (*View, error) {
	if len(r) < 2+viewFields {
		return nil, fmt.Errorf("store: a shown contact has %d fields, not %d", len(r), 2+viewFields)
	}
	f := r[2:]
	v := &View{
		ID: contacts.ID(keys.Unescape(r[0])), Reservation: r[1], State: contacts.StateOf(f[0]), Campaign: contacts.CampaignID(keys.Unescape(f[1])),
		Until: keys.Time(f[2]), Expiry: keys.Time(f[3]), Callback: keys.Time(f[4]), CallType: f[5], Skips: keys.Int(f[6]), Attempts: keys.Int(f[7]),
		Zone: f[8], Account: keys.Unescape(f[9]), CallableUntil: keys.Time(f[11]),
	}
	im, ok := keys.UnpackShown(f[10])
	if !ok {
		return nil, fmt.Errorf("store: shown fields of %s are unreadable", v.ID)
	}
	v.Mode, v.Queue, v.Prefix, v.Suffix, v.Name = im.Mode, im.Queue, im.Prefix, im.Suffix, im.Name
	phone, err := s.vault.Open(v.ID, im.Phone)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	v.Phone = phone
	return v, nil
}
