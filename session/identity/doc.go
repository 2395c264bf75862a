// Package identity is who somebody is: agent ids, roles, tokens, the keys they are
// signed with, and tickets. It opens no socket and asks no store.
//
// What it promises:
//
//   - A token counts only if it was signed by our secret or by a key the issuer
//     shows, with the algorithm that the key names, or else one of its kind, and has
//     not expired.
//   - A token brings neither its key nor its rules: headers that try are refused.
//   - Random key ids make at most one fetch of the issuer's keys in ten seconds and
//     keep nobody else waiting; an issuer that is down signs out nobody whose key is
//     known. A key that the issuer withdraws is gone when the set is too old, which
//     its Cache-Control says, within an hour.
//   - A token that is refused (ErrToken) and keys that are out of reach (ErrKeys)
//     are told apart: the one is the bearer's fault, the other is not, and passes. A key
//     that may have come since the last fetch is out of reach.
//
// When a token was issued is told by our own clock where this process has seen the
// issuer's to be ahead (clock.go), for the hour after that. One that is behind looks like an old token:
// who was signed out waits until it has caught up.
//
// The key set is our own (jwks.go), because three that were tried take what it refuses.
// keyfunc v3.9.2 with jwkset v0.11.4, and the remote key set of go-oidc v3.21.0, both
// take an RSA key of 1024 bits, read a body of any size, try all keys for a token
// without a key id, and lose the whole set by one broken key. go-oidc also fetches
// again for each token with an unknown id, 21 times for 21. go-jose v4.1.9, tried on
// 2026-11-29, takes the 1024 bits and reports one key with a number for an id as the
// fault of the whole set.
//
// It starts no goroutine; a fetch is made by who needs the key, and others wait for
// it. It does not know revocations: the store does, and the hub asks.
package identity
