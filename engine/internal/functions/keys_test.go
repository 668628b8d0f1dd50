package functions

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"hash"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

var rsaKey, _ = rsa.GenerateKey(rand.Reader, 2048)

func derOf(t *testing.T, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("no PEM: %q", text)
	}
	return block.Bytes
}

func TestAJWKBecomesThePEMOfTheSameKey(t *testing.T) {
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	for _, key := range []crypto.Signer{rsaKey, edKey, p256, p384, p521} {
		public, private := toJWK(t, key.Public()), toJWK(t, key)
		spki, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		expectText(t, encodePEM(typePublicKey, spki))(jwkPublicKeyPEM(public))
		expectText(t, pkcs8(t, key))(jwkPrivateKeyPEM(private))
		if _, err := jwkPublicKeyPEM(private); err == nil {
			t.Errorf("%T: a private key was taken for a public one", key)
		}
		if _, err := jwkPrivateKeyPEM(public); err == nil {
			t.Errorf("%T: a public key was taken for a private one", key)
		}
	}
}

func TestTheErrorsOfJWKsAreTheReferences(t *testing.T) {
	_, err := jwkPublicKeyPEM(toJWK(t, rsaKey))
	expectError(t, err, "x509: unsupported public key type: *rsa.PrivateKey")
	_, err = jwkPrivateKeyPEM(toJWK(t, rsaKey.Public()))
	expectError(t, err, "x509: unknown key type while marshaling PKCS#8: *rsa.PublicKey")
}

func toJWK(t *testing.T, key any) string {
	t.Helper()
	converted, err := jwk.FromRaw(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(converted)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOAEPIsDecryptedWithTheSameHash(t *testing.T) {
	pkcs1 := encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	for name, newHash := range map[string]func() hash.Hash{
		"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New, "other": sha256.New, "": sha256.New,
	} {
		secret := "\xff\x00secret"
		sealed, err := rsa.EncryptOAEP(newHash(), rand.Reader, &rsaKey.PublicKey, []byte(secret), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{pkcs8(t, rsaKey), pkcs1, encodePEM("ANY LABEL", x509.MarshalPKCS1PrivateKey(rsaKey))} {
			expectText(t, secret)(rsaDecrypt("RSA-OAEP", name, string(sealed), key))
		}
	}
}

func TestWhatCannotBeDecryptedSaysWhy(t *testing.T) {
	_, err := rsaDecrypt("RSA-OAEP", "SHA1", "x", newKey(t))
	expectError(t, err, "could not parse RSA private key")
	_, err = rsaDecrypt("RSA-OAEP", "SHA1", "x", pkcs8(t, rsaKey))
	expectError(t, err, "error decrypting data with RSA: crypto/rsa: decryption error")
	_, err = rsaDecrypt("None ", "", "x", "")
	expectError(t, err, "decryption scheme None  is not supported")
}
