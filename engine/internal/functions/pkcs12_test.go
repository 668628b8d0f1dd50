package functions

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"
)

func TestAFileWrittenByOpenSSLIsRead(t *testing.T) {
	chain := fixture(t, "leaf.crt") + fixture(t, "intermediate.crt") + fixture(t, "root.crt")
	for _, form := range []string{"modern", "legacy"} {
		withPassword, without := fixture(t, form+"-secret.p12"), fixture(t, form+".p12")

		expectText(t, chain)(pkcs12CertPass("secret", withPassword))
		expectText(t, chain)(pkcs12CertPass("", without))
		expectText(t, chain)(pkcs12Cert(without))

		expectKeyOfLeaf(t)(pkcs12KeyPass("secret", withPassword))
		expectKeyOfLeaf(t)(pkcs12KeyPass("", without))
		expectKeyOfLeaf(t)(pkcs12Key(without))

		_, err := pkcs12KeyPass("wrong", withPassword)
		expectError(t, err, "unable to decode pkcs12 with password: pkcs12: decryption password incorrect")
		_, err = pkcs12CertPass("wrong", withPassword)
		expectError(t, err, "unable to decode pkcs12 certificate with password: pkcs12: decryption password incorrect")
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	leaf, intermediate, root := fixture(t, "leaf.crt"), fixture(t, "intermediate.crt"), fixture(t, "root.crt")
	key := newKey(t)
	for _, password := range []string{"", "sécret"} {
		full := decodeBase64(t)(fullPEMToPKCS12Pass(leaf+intermediate+root, key, password))
		expectText(t, leaf+intermediate+root)(pkcs12CertPass(password, full))
		expectText(t, key)(pkcs12KeyPass(password, full))

		first := decodeBase64(t)(pemToPKCS12Pass(leaf+root, key, password))
		expectText(t, leaf)(pkcs12CertPass(password, first))
	}
	expectText(t, leaf)(pkcs12Cert(decodeBase64(t)(pemToPKCS12(leaf, key))))
	expectText(t, leaf+root)(pkcs12Cert(decodeBase64(t)(fullPEMToPKCS12(leaf+root, key))))
}

func TestAnEmptyLineAfterTheLastCertificateIsRefused(t *testing.T) {
	leaf, key := fixture(t, "leaf.crt"), newKey(t)
	_, err := fullPEMToPKCS12(leaf+"\n", key)
	expectError(t, err, errNil.Error())
	_, err = pemTruststoreToPKCS12(leaf + "\n")
	expectError(t, err, errNil.Error())
}

func TestACertificateIsNoKey(t *testing.T) {
	leaf := fixture(t, "leaf.crt")
	_, err := pemToPKCS12(leaf, leaf)
	expectError(t, err, "unable to parse private key type")
	_, err = pemToPKCS12(leaf, "no key")
	expectError(t, err, errNil.Error())
}

func TestOpenSSLReadsWhatIsWritten(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl to read it")
	}
	leaf, root := fixture(t, "leaf.crt"), fixture(t, "root.crt")
	file := decodeBase64(t)(fullPEMToPKCS12Pass(leaf+root, newKey(t), "secret"))
	read := run(t, file, openssl, "pkcs12", "-info", "-nodes", "-passin", "pass:secret")
	for _, want := range []string{
		"MAC: sha256, Iteration 2048", "PBES2, PBKDF2, AES-256-CBC, Iteration 2048, PRF hmacWithSHA256", "BEGIN PRIVATE KEY",
		strings.TrimSpace(leaf), strings.TrimSpace(root), "localKeyID",
	} {
		if !strings.Contains(read, want) {
			t.Errorf("%q is not in\n%s", want, read)
		}
	}
	store := decodeBase64(t)(pemTruststoreToPKCS12Pass(leaf+root, "secret"))
	read = run(t, store, openssl, "pkcs12", "-info", "-nokeys", "-passin", "pass:secret")
	for _, want := range []string{"friendlyName: CN=root", "2.16.840.1.113894.746875.1.1", strings.TrimSpace(leaf), strings.TrimSpace(root)} {
		if !strings.Contains(read, want) {
			t.Errorf("%q is not in\n%s", want, read)
		}
	}
}

func run(t *testing.T, input, name string, arguments ...string) string {
	t.Helper()
	command := exec.Command(name, arguments...)
	command.Stdin = strings.NewReader(input)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %s", err, output.String())
	}
	return output.String()
}

func newKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pkcs8(t, key)
}

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM(typePrivateKey, der)
}

func expectText(t *testing.T, want string) func(string, error) {
	return func(got string, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("got %q, %v\nwant %q", got, err, want)
		}
	}
}

func decodeBase64(t *testing.T) func(string, error) string {
	return func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(decoded)
	}
}

func expectKeyOfLeaf(t *testing.T) func(string, error) {
	return func(text string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		leaves, _ := parseCertificates([]byte(fixture(t, "leaf.crt")))
		key, err := parsePrivateKey(derOf(t, text))
		if err != nil || !key.(*ecdsa.PrivateKey).PublicKey.Equal(leaves[0].PublicKey) {
			t.Errorf("the key is not the leaf's: %v", err)
		}
	}
}
