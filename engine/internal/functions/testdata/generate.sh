#!/bin/sh
# Writes the certificates and PKCS#12 files of the tests, with OpenSSL 3 and its legacy provider.
set -eu
cd "$(dirname "$0")"

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
sign() { # name, issuer, extensions
	key "$1"
	openssl req -new -key "$1.key" -subj "/CN=$1" -out request.pem
	printf '%s\n' "$3" subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >extensions
	openssl x509 -req -in request.pem -CA "$2.crt" -CAkey "$2.key" -days 36500 -extfile extensions -out "$1.crt" 2>/dev/null
}

key root
openssl req -x509 -new -key root.key -subj /CN=root -days 36500 -addext basicConstraints=critical,CA:true -out root.crt
sign intermediate root basicConstraints=critical,CA:true
sign leaf intermediate "subjectAltName=DNS:a.example,IP:10.0.0.1,email:a@example,URI:spiffe://example/a,DNS:b.example,IP:2001:db8::1"
key other
openssl req -x509 -new -key other.key -subj /CN=other -days 36500 -out other.crt

cat root.crt intermediate.crt >above.crt
for form in modern legacy; do
	for password in secret ''; do
		[ "$form" = legacy ] && flags=-legacy || flags=
		openssl pkcs12 -export $flags -inkey leaf.key -in leaf.crt -certfile above.crt -passout "pass:$password" -out "$form${password:+-$password}.p12"
	done
done
rm request.pem extensions above.crt ./*.key
