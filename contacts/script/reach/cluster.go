package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Finder finds the one node of a Redis Cluster that has a key: all keys of a tenant are in
// one slot, so one tenant needs one node. It is the dialer of a plain client. A client for
// clusters would send WAIT, which belongs to no slot, to any node: of 60, 40 went astray,
// and nobody waited for what was written.
//
//	dial ─▶ EXISTS key, of the last node and of each seed ─▶ 0: this one · MOVED: that one · else the next
//
// Whose client it is learns from MOVED, and other words, that it is another now (Leaver),
// and dials anew. MOVED and ASK mean that nothing was done. It is safe for concurrent use.
type Finder struct {
	Seeds []string      // required: host:port of nodes, some of which are there
	Key   string        // required: one of the tenant's, that is never there
	As    redis.Options // whom to sign in as, and how long to wait; its dialer connects to an address

	last atomic.Pointer[string] // where it was found last
}

// hops bounds how often one node may name another: while a slot moves they may disagree.
const hops = 4

// Dial connects to the node, whatever address it is given. An error says that nothing was sent.
func (f *Finder) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	addr, err := f.find(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	return f.As.Dialer(ctx, network, addr)
}

func (f *Finder) find(ctx context.Context) (string, error) {
	asked, failed := []string{}, []error{}
	last := f.last.Load()
	if last != nil {
		asked = append(asked, *last)
	}
	for _, addr := range append(asked, f.Seeds...) {
		for range hops {
			next, err := f.ask(ctx, addr)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", addr, err))
				break
			}
			if next == addr {
				f.last.Store(&addr)
				return addr, nil
			}
			addr = next
		}
		if ctx.Err() != nil {
			break
		}
	}
	f.last.CompareAndSwap(last, nil) // it may be dead, and silent: the seeds are asked first then
	return "", errors.Join(failed...)
}

// ask returns where a node says that the key is: its own address if it has the slot.
func (f *Finder) ask(ctx context.Context, addr string) (string, error) {
	as := f.As
	as.Addr = addr
	node := redis.NewClient(&as)
	defer func() { _ = node.Close() }()
	err := node.Exists(ctx, f.Key).Err()
	if err == nil || redis.HasErrorPrefix(err, "ASK ") { // it moves away, and is still here
		return addr, nil
	}
	if !redis.HasErrorPrefix(err, "MOVED ") {
		return "", err //nolint:wrapcheck // the caller says of whom
	}
	words := strings.Fields(err.Error())
	addrOf := words[len(words)-1]
	cut := strings.LastIndexByte(addrOf, ':') // of an IPv6 address there are no brackets
	if cut < 0 || addrOf[cut+1:] == "0" {
		return "", err //nolint:wrapcheck // as above
	}
	host, port := strings.Trim(addrOf[:cut], "[]"), addrOf[cut+1:]
	if host == "" || host == "?" { // the node knows no other name than the one it was asked by
		host, _, _ = net.SplitHostPort(addr)
	}
	return net.JoinHostPort(host, port), nil
}

// Left reports whether a reply says that the node is not, or may not be, the one that
// takes the writes of its key.
func Left(err error) bool {
	return err != nil && slices.ContainsFunc([]string{"MOVED ", "READONLY ", "CLUSTERDOWN ", "MASTERDOWN "}, func(word string) bool {
		return redis.HasErrorPrefix(err, word)
	})
}

// Leaver is a hook of a client that dials by a Finder: it has Leave called when its node
// is no more the one. Connections to it are of no use then, whether they break or not.
type Leaver struct{ Leave func() }

// DialHook changes nothing.
func (l Leaver) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook looks at the reply of one command.
func (l Leaver) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if Left(err) {
			l.Leave()
		}
		return err
	}
}

// ProcessPipelineHook looks at the replies of a pipeline.
func (l Leaver) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if slices.ContainsFunc(cmds, func(cmd redis.Cmder) bool { return Left(cmd.Err()) }) {
			l.Leave()
		}
		return err
	}
}
