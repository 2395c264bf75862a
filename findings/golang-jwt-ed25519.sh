#!/usr/bin/env bash
# golang-jwt 5.3.1, go-jose 4.1.4, jose (npm) 6.1.3: the name "Ed25519" of RFC 9864 in the header of a token.
#
# RFC 9864 (October 2025) gives EdDSA on that curve a name of its own and deprecates the old one, so providers begin to sign
# with "Ed25519" what they signed with "EdDSA". The signature is the same. Of three libraries the npm one takes both names;
# the two of Go refuse a token with the new name for an algorithm that they do not know. One would have guessed that a library
# which checks EdDSA takes its registered name as well, a year after.
