package functions

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

var (
	errNoLeaf      = errors.New("no leaf certificate found")
	errManyLeaves  = errors.New("found multiple leaf or disjunct certificates")
	errCyclicChain = errors.New("constructing chain resulted in cycle")
)

// certSANs lists the names a certificate is valid for: DNS names, addresses, mail addresses, URIs.
func certSANs(text string) ([]string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errNoPEM
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("failed to parse certificate: %w", err)
	}
	names := append([]string{}, certificate.DNSNames...)
	for _, address := range certificate.IPAddresses {
		names = append(names, address.String())
	}
	names = append(names, certificate.EmailAddresses...)
	for _, uri := range certificate.URIs {
		names = append(names, uri.String())
	}
	return names, nil
}

// filterCertChain puts certificates in order from leaf to root and keeps one part of the chain.
func filterCertChain(part, text string) (string, error) {
	certificates, err := parseCertificates([]byte(text))
	if err != nil {
		return "", err
	}
	chain, err := orderChain(certificates)
	if err != nil {
		return "", err
	}
	return encodeCertificates(partOfChain(part, chain)), nil
}

func partOfChain(part string, chain []*x509.Certificate) []*x509.Certificate {
	leaf, above, last := chain[0], chain[1:], chain[len(chain)-1]
	switch part {
	case "leaf":
		if isRoot(leaf) {
			return nil
		}
		return chain[:1]
	case "intermediate":
		for i, certificate := range above {
			if isRoot(certificate) {
				return above[:i]
			}
		}
		return above
	case "root":
		if isRoot(last) {
			return chain[len(chain)-1:]
		}
	}
	return nil
}

// isRoot looks at the identifiers only: a certificate that names no issuer's key, or its own.
func isRoot(certificate *x509.Certificate) bool {
	return len(certificate.AuthorityKeyId) == 0 || bytes.Equal(certificate.AuthorityKeyId, certificate.SubjectKeyId)
}

// orderChain follows each certificate to the one whose key it names as its issuer's. No signature, date or trust is
// looked at, and two identifiers that are both absent count as equal.
func orderChain(certificates []*x509.Certificate) ([]*x509.Certificate, error) {
	parents := make([]int, len(certificates))
	isParent := make([]bool, len(certificates))
	for i, certificate := range certificates {
		parents[i] = parentOf(i, certificate, certificates)
		if parents[i] >= 0 {
			isParent[parents[i]] = true
		}
	}
	leaf, err := onlyLeaf(isParent)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for i := leaf; i >= 0; i = parents[i] {
		if len(chain) == len(certificates) {
			return nil, errCyclicChain
		}
		chain = append(chain, certificates[i])
	}
	return chain, nil
}

func parentOf(child int, certificate *x509.Certificate, all []*x509.Certificate) int {
	for i, candidate := range all {
		if i != child && bytes.Equal(certificate.AuthorityKeyId, candidate.SubjectKeyId) {
			return i
		}
	}
	return -1
}

func onlyLeaf(isParent []bool) (int, error) {
	leaf := -1
	for i, parent := range isParent {
		if parent {
			continue
		}
		if leaf >= 0 {
			return -1, errManyLeaves
		}
		leaf = i
	}
	if leaf < 0 {
		return -1, errNoLeaf
	}
	return leaf, nil
}

func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return certificates, nil
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, certificate)
	}
}

func encodeCertificates(certificates []*x509.Certificate) string {
	var text bytes.Buffer
	for _, certificate := range certificates {
		text.WriteString(encodePEM(typeCertificate, certificate.Raw))
	}
	return text.String()
}
