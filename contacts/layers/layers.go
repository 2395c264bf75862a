// Package layers keeps the do-not-call lists that somebody else makes: a country's or
// a state's registry, litigators, another company's. Each is a layer with a name, a
// scope and the date of its file; it is replaced whole by the next file or changed by
// its change list, never edited number by number. The people who said no to this
// caller are in the own list, which is not here but in package store.
//
//	a file ─▶ Load ─▶ edit_list … edit_list (a section that nobody asks) ─▶ put_list: it holds
//
// A number is one bit of the bucket of ten thousand that begin alike: a layer takes at
// most 1.25 KB a bucket, and a look-up is one field of one hash however many layers
// there are (lib/onList.lua). The scripts ask at import, fetch and dial; nothing here
// is asked for a call.
package layers

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"agenthub/contacts"
	"agenthub/contacts/keys"
	"agenthub/contacts/script"
)

// Layer is one list, without its numbers.
type Layer struct {
	Name      string                `json:"layer"`
	Version   string                `json:"version"`             // of its file, as its maker calls it
	Date      string                `json:"date"`                // of its file, YYYY-MM-DD; "" if nobody said
	From      time.Time             `json:"from,omitzero"`       // it holds from then on
	Until     time.Time             `json:"until,omitzero"`      // and until then; zero: for good
	Campaigns []contacts.CampaignID `json:"campaigns,omitempty"` // for these, and
	Groups    []string              `json:"groups,omitempty"`    // for campaigns of these; for all where both are empty
	Modes     []string              `json:"modes,omitempty"`     // for calls of these modes; all if empty
	Loaded    time.Time             `json:"loaded"`              // when it was put or changed last
	Actor     string                `json:"actor"`               // by whom
	Count     int                   `json:"-"`                   // numbers; the store counts them
}

// Errors of a layer.
var (
	ErrNone       = errors.New("layers: there is no such layer")
	ErrSuperseded = errors.New("layers: somebody else has loaded it meanwhile")
	ErrEmpty      = errors.New("layers: not one number")
)

// Scripts are what changes layers (store/lua).
type Scripts struct{ Begin, Edit, Put, Drop, Sweep, Bucket *script.Script }

// Options make Layers. All are required.
type Options struct {
	Redis   redis.UniversalClient
	Keys    keys.Keys
	Vault   *contacts.Vault
	Buckets *Buckets
	Scripts Scripts
	Run     func(ctx context.Context, c *script.Call) ([]string, error)
	Log     *zap.Logger
}

// Layers are those of a tenant. It is safe for concurrent use.
type Layers struct{ Options }

// New makes them.
func New(o Options) *Layers { return &Layers{o} }

// Next gives the numbers of a file one after the other, in E.164 form, and whether it
// goes off the layer; io.EOF at the end.
type Next func() (e164 string, off bool, err error)

// lanes is how many calls of a load are out at the same time.
const lanes = 4

// Load puts a layer in place of the one of its name, with all numbers of a file. Until
// it is whole, the one before holds, and goes on to if the file breaks off or another
// load of the layer overtakes this one (ErrSuperseded). It returns the layer with its
// count.
func (l *Layers) Load(ctx context.Context, layer Layer, next Next) (Layer, error) {
	r, err := l.run(ctx, l.Scripts.Begin, "layers", "lists", layer.Name)
	if err != nil {
		return layer, err
	}
	layer, err = l.fillIn(ctx, layer, r[1], next)
	if err != nil { // what it has put in goes now, and not with the next load
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyFor)
		defer cancel()
		if _, err := l.run(ctx, l.Scripts.Drop, "layers", "lists", layer.Name, r[1]); err == nil {
			l.sweep(ctx)
		}
		return layer, err
	}
	l.sweep(ctx)
	return layer, nil
}

// tidyFor bounds what is done for a load that broke off.
const tidyFor = 30 * time.Second

// fillIn puts the numbers of a file into a section, and makes that hold as the layer.
func (l *Layers) fillIn(ctx context.Context, layer Layer, id string, next Next) (Layer, error) {
	if err := l.edit(ctx, id, next); err != nil {
		return layer, err
	}
	switch n, err := l.count(ctx, id); {
	case err != nil:
		return layer, err
	case n == 0:
		return layer, ErrEmpty
	}
	if err := l.placeContacts(ctx); err != nil {
		return layer, err
	}
	return l.put(ctx, layer, id)
}

// Change puts numbers on a layer and takes others off, in the order of the file, and
// gives it the version and the date of the change list, if it has any. One that breaks
// off is sent again whole.
func (l *Layers) Change(ctx context.Context, change Layer, next Next) (Layer, error) {
	layer, id, err := l.get(ctx, change.Name)
	if err != nil {
		return layer, err
	}
	if err := l.edit(ctx, id, next); err != nil {
		return layer, err
	}
	layer.Loaded, layer.Actor = change.Loaded, change.Actor
	if change.Version+change.Date != "" {
		layer.Version, layer.Date = change.Version, change.Date
	}
	return l.put(ctx, layer, id)
}

// Delete takes a layer away; ErrNone if there is none.
func (l *Layers) Delete(ctx context.Context, name string) error {
	r, err := l.run(ctx, l.Scripts.Put, "layers", "camps", name, "", "", "", rand.Text())
	if err != nil {
		return err
	}
	if r[0] == "not_found" {
		return ErrNone
	}
	l.sweep(ctx)
	return nil
}

// edit sends the numbers of a file, a call for some buckets at a time.
func (l *Layers) edit(ctx context.Context, id string, next Next) error {
	on, off := gathered{buckets: l.Buckets}, gathered{buckets: l.Buckets}
	flush := func() error { return l.send(ctx, id, append(on.take("+"), off.take("-")...)) }
	for {
		e164, gone, err := next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return err
		}
		to, other := &on, &off
		if gone {
			to, other = other, to
		}
		if other.has(e164) || on.pending+off.pending >= mostPending {
			if err := flush(); err != nil {
				return err
			}
		}
		if !to.add(e164) {
			return fmt.Errorf("layers: a number of %d characters has no place on a layer", len(e164))
		}
	}
}

// send sends calls of edit_list, some at a time; none of them is about a number of
// another.
func (l *Layers) send(ctx context.Context, id string, calls [][]string) error {
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	todo := make(chan []string)
	for range min(lanes, len(calls)) {
		work.Go(func() {
			for words := range todo {
				r, err := l.run(ctx, l.Scripts.Edit, "lists", "layers", append([]string{id}, words...)...)
				if err == nil && r[0] != "ok" {
					err = ErrSuperseded
				}
				mu.Lock()
				first = cmp.Or(first, err)
				mu.Unlock()
			}
		})
	}
	for _, words := range calls {
		todo <- words
	}
	close(todo)
	work.Wait()
	return first
}

// put makes a section hold as the layer.
func (l *Layers) put(ctx context.Context, layer Layer, id string) (Layer, error) {
	record, err := json.Marshal(layer)
	if err != nil {
		return layer, fmt.Errorf("write a layer's record: %w", err)
	}
	campaigns := make([]string, len(layer.Campaigns))
	for i, c := range layer.Campaigns {
		campaigns[i] = string(c)
	}
	scope := strings.Join([]string{
		layer.Name, keys.Millis(layer.From), keys.Millis(layer.Until), raw(layer.Modes), lines(campaigns), lines(layer.Groups),
	}, keys.Unit)
	r, err := l.run(ctx, l.Scripts.Put, "layers", "camps", layer.Name, id, scope, string(record), "")
	if err != nil {
		return layer, err
	}
	if r[0] != "ok" {
		return layer, ErrSuperseded
	}
	layer.Count = keys.Int(r[1])
	return layer, nil
}

// lines are names between line ends; "" for none.
func lines(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return keys.Lines(names)
}

// raw are modes between line ends, as contacts have them: compared, and part of no key.
func raw(modes []string) string {
	if len(modes) == 0 {
		return ""
	}
	return "\n" + strings.ToLower(strings.Join(modes, "\n")) + "\n"
}

// run runs one of the scripts.
func (l *Layers) run(ctx context.Context, sc *script.Script, k1, k2 string, args ...string) ([]string, error) {
	return l.Run(ctx, sc.Call(l.Keys.One(k1), l.Keys.One(k2), args...))
}
