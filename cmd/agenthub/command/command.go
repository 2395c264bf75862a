// Package command is what every command of the program needs: its streams, its secrets, its log,
// and how it says that it was used wrongly.
package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Streams are the three every process has.
type Streams struct {
	In       io.Reader
	Out, Err *os.File
}

// ErrSaid ends a command that has already told what was wrong.
var ErrSaid = errors.New("told already")

// usageError is a command line or a configuration that cannot be used.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usage marks an error as one of the command line or the configuration.
func Usage(err error) error { return usageError{err} }

// ExitCode is 2 for a wrong use and 1 for everything else.
func ExitCode(err error) int {
	if _, wrong := errors.AsType[usageError](err); wrong {
		return 2
	}
	return 1
}

// Secret reads a secret from a variable or a file, not from both.
func Secret(variable, file, flag string) (string, error) {
	value := os.Getenv(variable)
	if file == "" {
		return value, nil
	}
	if value != "" {
		return "", fmt.Errorf("%s and %s are both given; use one", variable, flag)
	}
	content, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	value = strings.TrimSpace(string(content))
	if value == "" {
		return "", fmt.Errorf("%s: the file is empty", flag)
	}
	return value, nil
}

// IsTerminal reports whether a person looks at the file.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
