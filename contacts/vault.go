package contacts

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Vault keeps numbers out of the store's sight: it seals what must come back
// and makes tokens of what must only be compared. It is safe for concurrent use.
type Vault struct {
	tenant string
	aead   cipher.AEAD // nil without a key
	keyID  string
	token  []byte
}

// How a sealed number begins. A plain one has no key id.
const (
	sealedPrefix = "g." // AES-256-GCM: g.<key id>.<nonce and ciphertext>
	plainPrefix  = "p."
)

var errSealed = errors.New("contacts: sealed number cannot be opened with this key")

// NewVault makes a vault of a 32-byte key. Without a key (nil) numbers are
// stored as they are and tokens are an HMAC under a key that follows from the
// tenant's name: equal numbers match, but whoever reads the store can try all
// numbers. That is for a store on loopback only.
//
// Tokens depend on the key, so a new key needs an empty store.
func NewVault(key []byte, tenant string) (*Vault, error) {
	v := &Vault{tenant: tenant}
	secret := key
	if len(key) == 0 {
		secret = []byte("agenthub without a phone key")
	} else if len(key) != 32 {
		return nil, fmt.Errorf("the phone key has %d bytes, not 32", len(key))
	}
	var err error
	if v.token, err = hkdf.Key(sha256.New, secret, []byte(tenant), "agenthub phone token", 32); err != nil {
		return nil, fmt.Errorf("derive the token key: %w", err)
	}
	if len(key) == 0 {
		return v, nil
	}
	seal, err := hkdf.Key(sha256.New, key, []byte(tenant), "agenthub phone seal", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	if v.aead, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	id := sha256.Sum256(seal)
	v.keyID = base64.RawURLEncoding.EncodeToString(id[:3])
	return v, nil
}

// Token stands for a normalised number where numbers are only compared: 22
// characters, the same for the same number.
func (v *Vault) Token(e164 string) string {
	mac := hmac.New(sha256.New, v.token)
	mac.Write([]byte(e164))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Derive makes a key of 32 bytes for another use of numbers.
func (v *Vault) Derive(use string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, v.token, []byte(v.tenant), "agenthub "+use, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return key, nil
}

// Seal encrypts the number of one contact. It cannot be opened as another's.
func (v *Vault) Seal(contact ID, p Phone) string {
	if v.aead == nil {
		return plainPrefix + string(p)
	}
	sealed := make([]byte, v.aead.NonceSize(), v.aead.NonceSize()+len(p)+v.aead.Overhead())
	_, _ = rand.Read(sealed) // crypto/rand.Read never fails
	sealed = v.aead.Seal(sealed, sealed, []byte(p), v.bound(contact))
	return sealedPrefix + v.keyID + "." + base64.RawURLEncoding.EncodeToString(sealed)
}

// Open returns what Seal was given for that contact.
func (v *Vault) Open(contact ID, sealed string) (Phone, error) {
	if plain, ok := strings.CutPrefix(sealed, plainPrefix); ok {
		return Phone(plain), nil
	}
	rest, ok := strings.CutPrefix(sealed, sealedPrefix)
	keyID, body, dot := strings.Cut(rest, ".")
	if !ok || !dot || v.aead == nil || keyID != v.keyID {
		return "", errSealed
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(raw) < v.aead.NonceSize() {
		return "", errSealed
	}
	plain, err := v.aead.Open(nil, raw[:v.aead.NonceSize()], raw[v.aead.NonceSize():], v.bound(contact))
	if err != nil {
		return "", errSealed
	}
	return Phone(plain), nil
}

// bound is what a sealed number is tied to. Ids have no control characters, so
// the parts cannot run into each other.
func (v *Vault) bound(contact ID) []byte { return []byte(v.tenant + "\x00" + string(contact)) }
