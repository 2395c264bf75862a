package desk_test

import (
	"flag"
	"strconv"
	"testing"

	"agenthub/contacts/internal/contactstest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if asked := flag.Lookup("rapid.checks"); asked.Value.String() == asked.DefValue {
		_ = asked.Value.Set(strconv.Itoa(modelChecks))
	}
	contactstest.Main(m)
}
