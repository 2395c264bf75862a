//go:build linux

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// NewCounted starts a Redis whose instructions can be counted, and builds no hub.
// It is a tenth to a fiftieth as fast as another. A count is the same whatever else
// the machine does, and whatever caches a neighbour takes.
func NewCounted(ctx context.Context) (*Lab, error) {
	if _, err := exec.LookPath("valgrind"); err != nil {
		return nil, errors.New("instructions are counted by valgrind, which is not installed: apt-get install valgrind, or leave count out of --only")
	}
	return open(ctx, &Lab{HubBin: "/none", counted: true}, false)
}

// count is how valgrind begins: it counts nothing before it is told to.
func (l *Lab) count() []string {
	return []string{"valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=" + l.counts()}
}

func (l *Lab) counts() string { return filepath.Join(l.dir, "counts") }

// Instructions is how many a counted Redis executes while do runs.
func (l *Lab) Instructions(ctx context.Context, do func() error) (float64, error) {
	if err := l.tell(ctx, "instrumentation", "on"); err != nil {
		return 0, err
	}
	err := errors.Join(do(), l.tell(ctx, "instrumentation", "off"), l.tell(ctx, "dump"))
	if err != nil {
		return 0, err
	}
	l.dumps++ // each tells what was executed since the one before it
	text, err := os.ReadFile(l.counts() + "." + strconv.Itoa(l.dumps))
	if err != nil {
		return 0, fmt.Errorf("count instructions: %w", err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\ntotals: "))
	word, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseFloat(string(word), 64)
	if err != nil {
		return 0, fmt.Errorf("count instructions: %w", err)
	}
	return n, nil
}

// tell has valgrind do something.
func (l *Lab) tell(ctx context.Context, words ...string) error {
	out, err := exec.CommandContext(ctx, "vgdb", append([]string{"--pid=" + strconv.Itoa(l.RedisPID)}, words...)...).CombinedOutput() //nolint:gosec // a process of ours
	if err != nil {
		return fmt.Errorf("tell valgrind %q: %w\n%s", words, err, out)
	}
	return nil
}
