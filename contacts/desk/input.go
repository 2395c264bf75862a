package desk

import (
	"agenthub/contacts"
	"agenthub/session"
	"agenthub/session/envelope"
)

// namedIn reads the contact a request names: id, account, either or neither. Who
// means a contact and names none must not act on the one that is held.
func namedIn(r *session.Request) (id contacts.ID, account string, err error) {
	name, byID, err := r.Data.Text("ContactId")
	if err != nil {
		return "", "", err
	}
	account, byAccount, err := r.Data.Text("AccountNumber")
	if err == nil && (byID && name == "" || byAccount && account == "") {
		err = errContactNotFound
	}
	return contacts.ID(name), account, err
}

// outcomeID reads OutcomeId in its published spellings.
func outcomeID(r *session.Request) (id string, ok bool, err error) {
	id, ok, err = r.Data.Text("OutcomeId", "OutcomeID")
	if err != nil {
		return "", false, err
	}
	if ok && (id == "" || !contacts.Plain(id, 64)) {
		return "", false, envelope.Refuse(envelope.CodeInvalidMessage, "OutcomeId must have 1 to 64 printable characters")
	}
	return contacts.MaskDigits(id), ok, nil // it stands in events: no table has an id that looks like a number
}

// reasonOf reads Reason and Note of a skip.
func reasonOf(r *session.Request) (reason, note string, err error) {
	if reason, _, err = r.Data.Text("Reason"); err != nil {
		return "", "", err
	}
	if !contacts.Plain(reason, 64) {
		return "", "", envelope.Refuse(envelope.CodeInvalidMessage, "Reason must have at most 64 printable characters")
	}
	if note, _, err = r.Data.Text("Note"); err != nil {
		return "", "", err
	}
	note, err = contacts.CleanNote("Note", note)
	return contacts.MaskDigits(reason), note, err
}
