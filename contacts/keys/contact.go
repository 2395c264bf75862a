package keys

import (
	"fmt"
	"strings"

	"agenthub/contacts"
	"agenthub/session/identity"
)

// ContactFields are the fields of a contact's record that ParseContact reads.
var ContactFields = []string{"cp", "st", "ag", "dl", "sk", "tc", "l4", "pr", "ty", "tz", "xp", "oc", "im"} //nolint:gochecknoglobals // a constant

// Clocks reads a record's tz and wh: between its first and second ";" are zones.
func Clocks(tz, wh string) contacts.Clocks {
	_, places, _ := strings.Cut(wh, ";")
	places, _, _ = strings.Cut(places, ";")
	return contacts.Clocks{Given: tz, Possible: strings.FieldsFunc(places, func(r rune) bool { return r == ',' })}
}

// ParseContact reads the values of ContactFields; contacts.ErrNotFound if there is no such contact.
func ParseContact(id contacts.ID, f []string) (contacts.Contact, error) {
	if len(f) < len(ContactFields) || f[1] == "" {
		return contacts.Contact{}, contacts.ErrNotFound
	}
	im, ok := UnpackShown(f[12])
	if !ok {
		return contacts.Contact{}, fmt.Errorf("contact %s: shown fields are unreadable", id)
	}
	c := contacts.Contact{
		ID: id, Campaign: contacts.CampaignID(Unescape(f[0])), State: contacts.StateOf(f[1]), Agent: identity.AgentID(Unescape(f[2])), Skips: Int(f[4]),
		Attempts: Int(f[5]), LastFour: f[6], Name: im.Name, Mode: im.Mode, Priority: Int(f[7]), CallType: Int(f[8]), TimeZone: f[9],
		ExpiryTime: Time(f[10]), Outcome: f[11],
	}
	switch c.State {
	case contacts.Reserved, contacts.Dialled:
		c.ReservedUntil = Time(f[3])
	case contacts.Scheduled, contacts.Wrapup:
		c.Due = Time(f[3])
	case contacts.Available, contacts.Review, contacts.Closed:
	}
	return c, nil
}
