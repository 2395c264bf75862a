package layers

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"

	"agenthub/contacts"
)

// Numbers that share all but their last four digits share a bucket.
const (
	lastDigits = 4
	bucketSize = 10_000
	half       = 100 // half of the last four digits are one of so many
	rounds     = 8
)

// Buckets says where on every layer a number stands: its bucket and its bit there.
// Both follow from the key that seals numbers: whoever reads the store sees which
// numbers are near each other, and neither which they are nor in which order
// (SECURITY.md). It is safe for concurrent use.
type Buckets struct{ block cipher.Block }

// NewBuckets makes the buckets of a tenant.
func NewBuckets(vault *contacts.Vault) (*Buckets, error) {
	key, err := vault.Derive("do-not-call buckets")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher of buckets: %w", err)
	}
	return &Buckets{block}, nil
}

// bucketOf is a bucket as a number and, behind it, as the store has it.
type bucketOf struct {
	id   uint64
	name string // 11 characters
}

// bucket is that of what all numbers of a bucket begin with, at most 15 bytes.
func (b *Buckets) bucket(begin string) bucketOf {
	var in, out [aes.BlockSize]byte
	in[0] = byte(len(begin)) //nolint:gosec // at most 15, see cut
	copy(in[1:], begin)
	b.block.Encrypt(out[:], in[:])
	return bucketOf{binary.BigEndian.Uint64(out[:8]), base64.RawURLEncoding.EncodeToString(out[:8])}
}

// bit is that of the last four digits of a number in its bucket: a permutation, so that
// no two share one.
func (b *Buckets) bit(of bucketOf, last int) uint16 {
	left, right := last/half, last%half
	var in, out [aes.BlockSize]byte
	in[0] = 0xff // no bucket begins like this
	binary.BigEndian.PutUint64(in[1:], of.id)
	for round := range rounds {
		in[14], in[15] = byte(round), byte(right) //nolint:gosec // below 100
		b.block.Encrypt(out[:], in[:])
		left, right = right, (left+int(binary.BigEndian.Uint32(out[:4])%half))%half
	}
	return uint16(left*half + right) //nolint:gosec // below 10,000
}

// cut parts a number in E.164 form; false if it is none that a layer can have.
func cut(e164 string) (begin string, last int, ok bool) {
	at := len(e164) - lastDigits
	if at < 2 || at >= aes.BlockSize {
		return "", 0, false
	}
	last, err := strconv.Atoi(e164[at:])
	return e164[:at], last, err == nil && last >= 0
}

// Of is the place of a number in E.164 form as contacts have it, bucket and bit; ""
// if no layer can have it.
func (b *Buckets) Of(e164 string) string {
	begin, last, ok := cut(e164)
	if !ok {
		return ""
	}
	bucket := b.bucket(begin)
	return bucket.name + strconv.Itoa(int(b.bit(bucket, last)))
}
