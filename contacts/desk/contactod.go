package desk

import (
	"strconv"

	"agenthub/contacts"
	"agenthub/contacts/store"
)

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
	State             contacts.State `json:"state"`
	ReservedUntil     string         `json:"reservedUntil"`
	Name              string         `json:"name"`
	Skips             int            `json:"skips"`
	Attempts          int            `json:"attempts"`
	TimeZone          string         `json:"timeZone"`
	CallableUntil     string         `json:"callableUntil"`
	*contacts.Choices                // of its campaign, nil if the client was told the same last
}

func newExtension(v *store.View, told *contacts.Choices) *extension {
	return &extension{
		State: v.State, ReservedUntil: contacts.Stamp(v.Until), Name: v.Name, Skips: v.Skips, Attempts: v.Attempts,
		TimeZone: v.Zone, CallableUntil: contacts.Stamp(v.CallableUntil), Choices: told,
	}
}

func newContactOD(v *store.View, more *extension) *contactOD {
	return &contactOD{
		PhoneNumber: v.Phone.Reveal(), AccountNumber: v.Account, CampaignID: string(v.Campaign), Mode: v.Mode,
		ContactID: string(v.ID), ExpiryTime: contacts.Stamp(v.Expiry), CallbackTime: contacts.Stamp(v.Callback), CallType: v.CallType,
		Prefix: v.Prefix, Suffix: v.Suffix, Queue: v.Queue, extension: more,
	}
}

func newReservedContactOD(v *store.View, more *extension) reservedContactOD {
	var id any = string(v.ID)
	if n, err := strconv.ParseInt(string(v.ID), 10, 64); err == nil && strconv.FormatInt(n, 10) == string(v.ID) {
		id = n
	}
	callType, _ := strconv.Atoi(v.CallType)
	return reservedContactOD{
		PhoneNumber: v.Phone.Reveal(), AccountNumber: v.Account, CampaignID: string(v.Campaign), Mode: v.Mode,
		ContactID: id, ExpiryTime: contacts.Stamp(v.Expiry), CallbackTime: contacts.Stamp(v.Callback), CallType: callType,
		Prefix: v.Prefix, Suffix: v.Suffix, Queue: v.Queue, extension: more,
	}
}
