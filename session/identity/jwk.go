package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

const (
	minRSA = 2048
	maxRSA = 16384
)

// algorithms are those that a token of an issuer may be signed with. EdDSA has two
// names: that of RFC 8037, and for the one curve we take that of RFC 9864.
var algorithms = []string{ //nolint:gochecknoglobals // a constant
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
}

// publicKey is one key of a set.
type publicKey struct {
	key  interface{ Equal(crypto.PublicKey) bool }
	kid  string
	algs []string // it may be used with
}

// jwk is one key of RFC 7517, of the kinds we take.
type jwk struct {
	Kty, Kid, Use, Alg, Crv, N, E, X, Y string

	Operations []string `json:"key_ops"`
}

// parseKey reads one key of a set.
func parseKey(text []byte) (publicKey, error) {
	var j jwk
	if err := json.Unmarshal(text, &j); err != nil {
		return publicKey{}, fmt.Errorf("parse key: %w", err)
	}
	if j.Use != "" && j.Use != "sig" || j.Operations != nil && !slices.Contains(j.Operations, "verify") {
		return publicKey{}, errors.New("not for signatures")
	}
	k, err := j.public()
	if err != nil {
		return publicKey{}, err
	}
	if k.kid = j.Kid; j.Alg == "" {
		return k, nil
	}
	if !slices.Contains(k.algs, j.Alg) {
		return publicKey{}, errors.New("another algorithm")
	}
	if k.algs = []string{j.Alg}; j.Kty == "OKP" {
		k.algs = []string{"EdDSA", "Ed25519"} // one algorithm, two names
	}
	return k, nil
}

func (j jwk) public() (publicKey, error) {
	switch j.Kty {
	case "RSA":
		return j.rsa()
	case "EC":
		return j.ec()
	case "OKP":
		x, err := field(j.X)
		if err != nil || j.Crv != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return publicKey{}, errors.New("no Ed25519 key")
		}
		return publicKey{key: ed25519.PublicKey(x), algs: []string{"EdDSA", "Ed25519"}}, nil
	}
	return publicKey{}, errors.New("unknown kind")
}

func (j jwk) rsa() (publicKey, error) {
	modulus, err := field(j.N)
	exponent, err2 := field(j.E)
	if err := errors.Join(err, err2); err != nil {
		return publicKey{}, err
	}
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	if n.BitLen() < minRSA || n.BitLen() > maxRSA || e.BitLen() > 31 || e.Int64() < 3 {
		return publicKey{}, errors.New("weak key")
	}
	return publicKey{
		key:  &rsa.PublicKey{N: n, E: int(e.Int64())},
		algs: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
	}, nil
}

func (j jwk) ec() (publicKey, error) {
	var curve elliptic.Curve
	var alg string
	switch j.Crv {
	case "P-256":
		curve, alg = elliptic.P256(), "ES256"
	case "P-384":
		curve, alg = elliptic.P384(), "ES384"
	case "P-521":
		curve, alg = elliptic.P521(), "ES512"
	default:
		return publicKey{}, errors.New("unknown curve")
	}
	x, err := field(j.X)
	y, err2 := field(j.Y)
	if err := errors.Join(err, err2); err != nil {
		return publicKey{}, err
	}
	if size := (curve.Params().BitSize + 7) / 8; len(x) != size || len(y) != size {
		return publicKey{}, errors.New("no point of its curve")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return publicKey{}, fmt.Errorf("parse key: %w", err)
	}
	return publicKey{key: key, algs: []string{alg}}, nil
}

func field(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("parse key: %w", err)
	}
	return b, nil
}

// ed25519Method is EdDSA under the name of RFC 9864.
type ed25519Method struct{ *jwt.SigningMethodEd25519 }

func (ed25519Method) Alg() string { return "Ed25519" }
