package contactstest

import (
	"os"
	"path/filepath"
	"strings"
)

// The user that stores of a shared redis-server sign in as.
const (
	hubUser     = "agenthub"
	hubPassword = "secret"
)

// Rights are those of SECURITY.md for the hub's user in Redis, of any tenant.
func Rights() ([]string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for dir != filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "SECURITY.md")) //nolint:gosec // the project's own
		if err != nil {
			dir = filepath.Dir(dir)
			continue
		}
		_, rights, _ := strings.Cut(string(text), "ACL SETUSER "+hubUser+" on >PASSWORD")
		rights, _, _ = strings.Cut(rights, "```")
		return strings.Fields(strings.ReplaceAll(rights, "{default}", "{*}")), nil
	}
	return nil, os.ErrNotExist
}

// withUser are the arguments of a redis-server that has the hub's user.
func withUser(args ...string) ([]string, error) {
	rights, err := Rights()
	if err != nil {
		return nil, err
	}
	return append(append(args, "--user", hubUser, "on", ">"+hubPassword), append(rights, "+incrby")...), nil // incrby: the tests' own clock, see ownTime
}

// AsHub runs a command as the rooms of a node do.
func (s *Node) AsHub(command ...any) error { return s.hub.Do(s.T.Context(), command...).Err() }
