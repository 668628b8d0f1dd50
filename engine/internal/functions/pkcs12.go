package functions

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// encoder names its year: a newer version of the library must not change the files of a cluster's truststores.
var encoder = pkcs12.Modern2023

func pkcs12Key(file string) (string, error)  { return pkcs12KeyPass("", file) }
func pkcs12Cert(file string) (string, error) { return pkcs12CertPass("", file) }

func pkcs12KeyPass(password, file string) (string, error) {
	key, _, _, err := pkcs12.DecodeChain([]byte(file), password)
	if err != nil {
		return "", fmt.Errorf("unable to decode pkcs12 with password: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return encodePEM(typePrivateKey, der), nil
}

// pkcs12CertPass gives all certificates from leaf to root; where that order cannot be told, as the file has them.
func pkcs12CertPass(password, file string) (string, error) {
	_, leaf, others, err := pkcs12.DecodeChain([]byte(file), password)
	if err != nil {
		return "", fmt.Errorf("unable to decode pkcs12 certificate with password: %w", err)
	}
	certificates := append([]*x509.Certificate{leaf}, others...)
	if chain, err := orderChain(certificates); err == nil {
		certificates = chain
	}
	return encodeCertificates(certificates), nil
}

func pemToPKCS12(certificate, key string) (string, error) {
	return pemToPKCS12Pass(certificate, key, "")
}

func fullPEMToPKCS12(chain, key string) (string, error) { return fullPEMToPKCS12Pass(chain, key, "") }

func pemTruststoreToPKCS12(certificates string) (string, error) {
	return pemTruststoreToPKCS12Pass(certificates, "")
}

func pemToPKCS12Pass(certificate, key, password string) (string, error) {
	leaf, _, err := nextCertificate([]byte(certificate))
	if err != nil {
		return "", err
	}
	return encodePKCS12(leaf, nil, key, password)
}

func fullPEMToPKCS12Pass(chain, key, password string) (string, error) {
	leaf, rest, err := nextCertificate([]byte(chain))
	if err != nil {
		return "", err
	}
	others, err := strictCertificates(rest)
	if err != nil {
		return "", err
	}
	return encodePKCS12(leaf, others, key, password)
}

func pemTruststoreToPKCS12Pass(text, password string) (string, error) {
	certificates, err := strictCertificates([]byte(text))
	if err != nil {
		return "", err
	}
	file, err := encoder.EncodeTrustStore(certificates, password)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(file), nil
}

func encodePKCS12(leaf *x509.Certificate, others []*x509.Certificate, key, password string) (string, error) {
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		return "", errNil
	}
	privateKey, err := parsePrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	file, err := encoder.Encode(privateKey, leaf, others, password)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(file), nil
}

// strictCertificates accepts nothing after the last block, not even an empty line.
func strictCertificates(text []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for len(text) > 0 {
		certificate, rest, err := nextCertificate(text)
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, certificate)
		text = rest
	}
	return certificates, nil
}

func nextCertificate(text []byte) (*x509.Certificate, []byte, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, nil, errNil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	return certificate, rest, err
}
