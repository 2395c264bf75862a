package script

import (
	"errors"
	"fmt"
	"strconv"
)

// run is calls of one script, each with as many arguments, that Redis does in one
// go (lua/tail.lua): what a run costs by itself, whatever it does, is shared.
// Each call is done whole and alone, as if it came by itself.
type run []*Call

// maxRun bounds how long Redis does nothing else.
const maxRun = 16

// runsOf parts a batch into runs. Calls of one batch came at the same time, in no order.
func runsOf(batch []*Call) []run {
	runs := make([]run, 0, 8)
next:
	for _, c := range batch {
		for i, r := range runs {
			if len(r) < maxRun && r[0].Script == c.Script && len(r[0].Words) == len(c.Words) {
				runs[i] = append(r, c)
				continue next
			}
		}
		runs = append(runs, run{c})
	}
	return runs
}

// command is all keys, then all arguments. Words are given as pointers: a string
// in an interface is an allocation each. The last key is one that there never is: a
// Redis Cluster that moves a slot key by key starts a script only if all the keys it is
// given are there still, and ours build others from ids. So it starts none.
func (r run) command() []any {
	args := make([]any, 0, 4+len(r)*len(r[0].Words))
	args = append(args, "evalsha", &r[0].Script.SHA, strconv.Itoa(2*len(r)+1))
	for _, c := range r {
		args = append(args, c.key(0), c.key(1))
	}
	args = append(args, &r[0].Script.nokey)
	for _, c := range r {
		for i := range c.Words[2:] {
			args = append(args, &c.Words[2+i])
		}
	}
	return args
}

// key is one of a call's two keys.
func (c *Call) key(i int) *string {
	if c.Words[i] == "" {
		return &c.Script.nokey
	}
	return &c.Words[i]
}

// answer gives each call its part of the reply. A call alone has all of it.
func (r run) answer(words []string, err error) {
	for _, c := range r {
		c.Reply, c.Err = words, err
		if err == nil && len(r) > 1 {
			c.Reply, words, c.Err = cutReply(words)
		}
		if c.Err == nil && len(c.Reply) == 0 {
			c.Err = fmt.Errorf("script %s: %w", c.Script.Name, errCutReply)
		}
	}
}

// failed is the first word of the reply of a call that ended in an error; the second is its text (tail.lua).
const failed = "!"

var errCutReply = errors.New("script: a reply is not all there")

// cutReply takes the first call's reply off: it has its length before it.
func cutReply(words []string) (reply, rest []string, err error) {
	if len(words) == 0 {
		return nil, nil, errCutReply
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n >= len(words) {
		return nil, nil, errCutReply
	}
	reply, rest = words[1:1+n:1+n], words[1+n:]
	if n == 2 && reply[0] == failed {
		return nil, rest, scriptError(reply[1])
	}
	return reply, rest, nil
}

// scriptError is an error that a command gave inside a script. It is a redis.Error.
type scriptError string

func (e scriptError) Error() string { return string(e) }

// RedisError marks it.
func (scriptError) RedisError() {}
