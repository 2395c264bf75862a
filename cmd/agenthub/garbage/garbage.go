// Package garbage sets how often the runtime collects it.
package garbage

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"time"
)

// The runtime lets garbage grow to as much as is in use, stacks included. That
// is too often for a hub of a few agents, whose requests leave more garbage in a
// second than it uses, and too much for one of ten thousand, whose memory would
// be half garbage. So garbage is given a room: what is made in a few seconds, for
// each collection looks at all that is in use; at least a fixed size, or, of a hub
// so large that its collections would take long, a share. It is no larger than twice
// that size, or than what is in use: a page touched for the first time costs 14 µs
// in a nested virtual machine, where 128 MiB of them took a sixth of the hub's time.
const (
	garbageRoom  = 16 << 20
	garbageMost  = 128 << 20
	garbageTime  = 5 * time.Second
	garbageShare = 15 // percent of what is in use
	paceEvery    = 500 * time.Millisecond
)

// Pace keeps the room until ctx ends. An operator's GOGC wins.
func Pace(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	read := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
	}
	metrics.Read(read)
	made := read[0].Value.Uint64()
	var lately [4]float64 // bytes that were made, each in paceEvery
	t := time.NewTicker(paceEvery)
	defer t.Stop()
	large := false
	for set := 100; ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		metrics.Read(read)
		copy(lately[1:], lately[:])
		lately[0] = float64(read[0].Value.Uint64() - made)
		made = read[0].Value.Uint64()
		used := 1.0
		for _, part := range read[1:] {
			used += float64(part.Value.Uint64())
		}
		most := min(max(2*garbageRoom, used), garbageMost)
		room := min(max(garbageRoom, slices.Max(lately[:])*float64(garbageTime/paceEvery)), most)
		percent := int(max(garbageShare, 100*room/used))
		if 8*max(percent-set, set-percent) > set { // each change stops the world for a moment
			debug.SetGCPercent(percent)
			set = percent
		}
		if large && room == garbageRoom {
			debug.FreeOSMemory() // the rush is over
		}
		large = room > 2*garbageRoom || large && room > garbageRoom
	}
}
