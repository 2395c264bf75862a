package audit_test

import (
	"testing"

	"agenthub/contacts/internal/contactstest"
)

func TestMain(m *testing.M) { contactstest.Main(m) }
