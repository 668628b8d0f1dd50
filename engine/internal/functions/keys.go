package functions

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

var (
	errKeyType = errors.New("unable to parse private key type")
	errNotRSA  = errors.New("could not parse RSA private key")
)

func jwkPublicKeyPEM(text string) (string, error) {
	key, err := rawJWK(text)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	return encodePEM(typePublicKey, der), nil
}

func jwkPrivateKeyPEM(text string) (string, error) {
	key, err := rawJWK(text)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return encodePEM(typePrivateKey, der), nil
}

func rawJWK(text string) (any, error) {
	key, err := jwk.ParseKey([]byte(text))
	if err != nil {
		return nil, err
	}
	var raw any
	if err := key.Raw(&raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// rsaDecrypt leaves the text as it is for the scheme None, and knows OAEP besides.
func rsaDecrypt(scheme, hashName, ciphertext, keyPEM string) (string, error) {
	switch scheme {
	case "None":
		return ciphertext, nil
	case "RSA-OAEP":
		return decryptOAEP(hashName, ciphertext, keyPEM)
	default:
		return "", fmt.Errorf("decryption scheme %v is not supported", scheme)
	}
}

func decryptOAEP(hashName, ciphertext, keyPEM string) (string, error) {
	block, _ := pem.Decode([]byte(keyPEM))
	if block == nil {
		return "", errNoPEM
	}
	parsed, err := parsePrivateKey(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("could not parse private key: %w", err)
	}
	key, isRSA := parsed.(*rsa.PrivateKey)
	if !isRSA {
		return "", errNotRSA
	}
	text, err := rsa.DecryptOAEP(oaepHash(hashName), nil, key, []byte(ciphertext), nil)
	if err != nil {
		return "", fmt.Errorf("error decrypting data with RSA: %w", err)
	}
	return string(text), nil
}

func oaepHash(name string) hash.Hash {
	switch name {
	case "SHA1":
		return sha1.New()
	case "SHA512":
		return sha512.New()
	default:
		return sha256.New()
	}
}

// parsePrivateKey goes by the bytes and not by the label of the block they came in.
func parsePrivateKey(der []byte) (any, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errKeyType
}
