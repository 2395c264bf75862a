package layers

import (
	"encoding/binary"
	"slices"
	"strconv"
)

const (
	mostPending = 1 << 20           // numbers that are gathered before they are sent
	mostBuckets = 16                // of one call: Redis does nothing else meanwhile
	allBits     = bucketSize / 8    // bytes of a section that has every bit
	mostListed  = (allBits - 1) / 2 // bits of one that lists them
)

// gathered are numbers by bucket, on their way to the store.
type gathered struct {
	buckets *Buckets
	begin   string // of the number before: files are in order, mostly
	bucket  bucketOf
	bits    map[string][]uint16
	pending int
}

// add gathers a number, and reports whether it is one that a layer can have.
func (g *gathered) add(e164 string) bool {
	begin, last, ok := cut(e164)
	if !ok {
		return false
	}
	if begin != g.begin {
		g.begin, g.bucket = begin, g.buckets.bucket(begin)
	}
	if g.bits == nil {
		g.bits = map[string][]uint16{}
	}
	g.bits[g.bucket.name] = append(g.bits[g.bucket.name], g.buckets.bit(g.bucket, last))
	g.pending++
	return true
}

// take gives what was gathered as arguments of edit_list, of at most so many
// buckets each, and begins anew.
func (g *gathered) take(op string) (calls [][]string) {
	words := []string{op}
	for bucket, bits := range g.bits {
		slices.Sort(bits)
		bits = slices.Compact(bits)
		words = append(words, bucket, strconv.Itoa(len(bits)), pack(bits))
		if len(words) == 1+3*mostBuckets {
			calls, words = append(calls, words), []string{op}
		}
	}
	if len(words) > 1 {
		calls = append(calls, words)
	}
	g.bits, g.pending = nil, 0
	return calls
}

// pack writes bits, in order, as a section has them: see lib/onList.lua.
func pack(bits []uint16) string {
	if len(bits) > mostListed {
		all := make([]byte, allBits)
		for _, b := range bits {
			all[b/8] |= 1 << (b % 8)
		}
		return string(all)
	}
	list := make([]byte, 0, 2*len(bits))
	for _, b := range bits {
		list = binary.BigEndian.AppendUint16(list, b)
	}
	return string(list)
}

// sectionsWith gives the ids of the sections of a bucket that have the bit.
func sectionsWith(all string, bit uint16) (ids []string) {
	for len(all) >= 4 {
		id, size := int(all[0])<<8|int(all[1]), int(all[2])<<8|int(all[3])
		if len(all) < 4+size {
			return ids
		}
		bits := all[4 : 4+size]
		all = all[4+size:]
		on := false
		if size == allBits {
			on = bits[bit/8]>>(bit%8)&1 == 1
		} else {
			for ; len(bits) >= 2 && !on; bits = bits[2:] {
				on = uint16(bits[0])<<8|uint16(bits[1]) == bit
			}
		}
		if on {
			ids = append(ids, strconv.Itoa(id))
		}
	}
	return ids
}

// has reports whether the number is gathered.
func (g *gathered) has(e164 string) bool {
	begin, last, ok := cut(e164)
	if !ok || g.pending == 0 {
		return false
	}
	bucket := g.buckets.bucket(begin)
	return slices.Contains(g.bits[bucket.name], g.buckets.bit(bucket, last))
}
