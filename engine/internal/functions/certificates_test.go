package functions

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAChainIsOrderedWhateverItsOrderWas(t *testing.T) {
	leaf, intermediate, root := fixture(t, "leaf.crt"), fixture(t, "intermediate.crt"), fixture(t, "root.crt")
	for _, order := range [][]string{
		{leaf, intermediate, root}, {leaf, root, intermediate}, {intermediate, leaf, root},
		{intermediate, root, leaf}, {root, leaf, intermediate}, {root, intermediate, leaf},
	} {
		text := strings.Join(order, "")
		expectPart(t, text, "leaf", leaf)
		expectPart(t, text, "intermediate", intermediate)
		expectPart(t, text, "root", root)
		expectPart(t, text, "other", "")
	}
	expectPart(t, leaf+intermediate, "intermediate", intermediate)
	expectPart(t, leaf+intermediate, "root", "")
	expectPart(t, leaf, "leaf", leaf)
	expectPart(t, root, "leaf", "")
	expectPart(t, root, "root", root)
}

func TestACertificateThatDoesNotBelongIsRefused(t *testing.T) {
	text := fixture(t, "leaf.crt") + fixture(t, "intermediate.crt") + fixture(t, "other.crt")
	_, err := filterCertChain("leaf", text)
	expectError(t, err, "found multiple leaf or disjunct certificates")
}

func TestACycleIsRefused(t *testing.T) {
	// one leaf, above it two that name each other
	text := certificate(t, "a", "b") + certificate(t, "b", "c") + certificate(t, "c", "b")
	_, err := filterCertChain("leaf", text)
	expectError(t, err, "constructing chain resulted in cycle")
}

func TestTheNamesOfACertificateAreListedByKind(t *testing.T) {
	names, err := certSANs("junk\n" + fixture(t, "leaf.crt") + fixture(t, "root.crt"))
	want := []string{"a.example", "b.example", "10.0.0.1", "2001:db8::1", "a@example", "spiffe://example/a"}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("%v, %v", names, err)
	}
}

func expectPart(t *testing.T, text, part, want string) {
	t.Helper()
	got, err := filterCertChain(part, text)
	if err != nil || got != want {
		t.Errorf("%s: got %q, %v", part, got, err)
	}
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// certificate makes one that has a key identifier and names its issuer's.
func certificate(t *testing.T, subject, issuer string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(1),
			Subject:      pkix.Name{CommonName: name},
			SubjectKeyId: []byte(name),
			NotAfter:     time.Now().Add(time.Hour),
		}
	}
	parent := of(issuer)
	parent.PublicKey = key.Public()
	der, err := x509.CreateCertificate(rand.Reader, of(subject), parent, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM(typeCertificate, der)
}
