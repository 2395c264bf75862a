package script

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestCutReply(t *testing.T) {
	for _, tt := range []struct {
		words       string
		reply, rest string
		err         error
	}{
		{"1 ok", "ok", "", nil},
		{"2 ok c1 1 no_contacts", "ok c1", "1 no_contacts", nil},
		{"2 ! OOM", "", "", scriptError("OOM")},
		{"1 !", "!", "", nil},
		{"", "", "", errCutReply},
		{"0 ok", "", "", errCutReply},
		{"-1 ok", "", "", errCutReply},
		{"2 ok", "", "", errCutReply},
		{"ok", "", "", errCutReply},
	} {
		reply, rest, err := cutReply(strings.Fields(tt.words))
		if strings.Join(reply, " ") != tt.reply || strings.Join(rest, " ") != tt.rest || !errors.Is(err, tt.err) {
			t.Errorf("cutReply(%s) = %q, %q, %v", tt.words, reply, rest, err)
		}
	}
}

// Calls of one script and one size share runs of sixteen.
func TestRunsOfABatch(t *testing.T) {
	a, b := newScript("a", "return {'ok'}", nil), newScript("b", "return {'ok'}", nil)
	var batch []*Call
	for range 2*maxRun + 3 {
		batch = append(batch, a.Call("k", ""))
	}
	batch = append(batch[:5:5], append([]*Call{b.Call("k", "")}, batch[5:]...)...)
	var sizes []int
	for _, r := range runsOf(batch) {
		sizes = append(sizes, len(r))
	}
	if got := fmt.Sprint(sizes); got != "[16 1 16 3]" {
		t.Errorf("runs of %s calls", got)
	}
}
