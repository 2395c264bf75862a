package contacts

import "time"

// LayerOwn has the people who said no to this caller: by outcome or skip, or by who
// sends the list. It is the only layer that can be edited number by number.
const LayerOwn = "own"

// Block is why nobody calls a number. Entries of hubs that kept no record of it have
// the layer alone.
type Block struct {
	Layer  string
	Since  time.Time
	Actor  string // who said so: an agent, or who sent the list
	Source string // how: outcome, skip_close, skip or list
	Reason string // id of the outcome or the skip's reason, or what came with the list
}
