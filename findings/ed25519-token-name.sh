#!/usr/bin/env bash
# golang-jwt 5.3.1, go-jose 4.1.9, jose (npm) 6.2.18: a token that is signed by "Ed25519", the name of RFC 9864.
#
# RFC 9864 (October 2025) gives EdDSA on that curve a name of its own and deprecates the old one: the key and the signature
# are the same, the header alone is another. The npm library takes both. golang-jwt says of the new one that the method is
# unavailable. go-jose, told to take it, says that the cryptographic primitive failed: that is what it says of a forged
# signature, too, so whoever reads the log looks for a wrong key. One would have guessed that libraries which check EdDSA take
# its registered name a year after, or name the algorithm that they do not know.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > go.mod <<'MOD'
module finding

go 1.26.0

require (
	github.com/go-jose/go-jose/v4 v4.1.9
	github.com/golang-jwt/jwt/v5 v5.3.1
)
MOD
cat > main.go <<'GO'
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

func main() {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	part := base64.RawURLEncoding.EncodeToString
	for _, name := range []string{"EdDSA", "Ed25519"} {
		signed := part([]byte(`{"alg":"`+name+`"}`)) + "." + part([]byte(`{"sub":"a"}`))
		token := signed + "." + part(ed25519.Sign(private, []byte(signed)))
		_, one := jwt.Parse(token, func(*jwt.Token) (any, error) { return public, nil })
		parsed, two := jose.ParseSigned(token, []jose.SignatureAlgorithm{"EdDSA", "Ed25519"})
		if two == nil {
			_, two = parsed.Verify(public)
		}
		fmt.Printf("%s: golang-jwt %v; go-jose %v\n", name, one, two)
		if err := os.WriteFile(name+".jwt", []byte(token), 0o600); err != nil {
			panic(err)
		}
	}
	if err := os.WriteFile("x", []byte(part(public)), 0o600); err != nil {
		panic(err)
	}
}
GO
cat > verify.mjs <<'JS'
import { readFileSync } from "node:fs";
import { importJWK, jwtVerify } from "jose";

const text = (name) => readFileSync(name, "utf8");
for (const name of ["EdDSA", "Ed25519"]) {
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", x: text("x") }, name);
  const { payload } = await jwtVerify(text(`${name}.jwt`), key);
  console.log(`${name}: jose takes the token of ${payload.sub}`);
}
JS
go mod tidy >tidy 2>&1 || { cat tidy; exit 1; }
npm init -y >npm 2>&1 && npm install --no-audit --no-fund jose@6.2.18 >>npm 2>&1 || { cat npm; exit 1; }
go run . | tee seen
node verify.mjs | tee -a seen
diff seen - <<'SEEN'
EdDSA: golang-jwt <nil>; go-jose <nil>
Ed25519: golang-jwt token is unverifiable: signing method (alg) is unavailable; go-jose go-jose/go-jose: error in cryptographic primitive
EdDSA: jose takes the token of a
Ed25519: jose takes the token of a
SEEN
go vet ./...
