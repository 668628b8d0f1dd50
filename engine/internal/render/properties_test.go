package render

import (
	"crypto/x509"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const binary = "\xff\xfe\x41\x00\x7a\xc3"

func render(t *testing.T, template string) string {
	t.Helper()
	pairs, err := Render(strict, map[string]string{"x": binary}, Template{Scope: Values, Name: "k", Text: template})
	if err != nil {
		t.Fatalf("%s: %v", template, err)
	}
	return pairs[0].Value
}

func TestBytesThatAreNoTextComeOutAsTheyWentIn(t *testing.T) {
	for template, want := range map[string]string{
		`{{ .x }}`:                     binary,
		`{{ .x | b64enc | b64dec }}`:   binary,
		`{{ .x | b64enc }}`:            "//5BAHrD",
		`{{ .x | replace "q" "r" }}`:   binary,
		`{{ .x | indent 1 }}`:          " " + binary,
		`{{ printf "%s" .x }}`:         binary,
		`{{ .x | html }}`:              "\xff\xfeA�z\xc3",
		`{{ .x | upper }}`:             "��A\x00Z�",
		`{{ .x | lower }}`:             "��a\x00z�",
		`{{ .x | title }}`:             "��A\x00Z�",
		`{{ .x | toJson }}`:            `"\ufffd\ufffdA\u0000z\ufffd"`,
		`{{ .x | quote }}`:             `"\xff\xfeA\x00z\xc3"`,
		`{{ len .x }}{{ trunc 1 .x }}`: "6\xff",
	} {
		if got := render(t, template); got != want {
			t.Errorf("%s: got %q, want %q", template, got, want)
		}
	}
}

func TestRandomTextsHaveTheirLengthAndAlphabet(t *testing.T) {
	for template, form := range map[string]string{
		`{{ randAlphaNum 32 }}`: `^[A-Za-z0-9]{32}$`,
		`{{ randAlpha 32 }}`:    `^[A-Za-z]{32}$`,
		`{{ randNumeric 32 }}`:  `^[0-9]{32}$`,
		`{{ randAscii 32 }}`:    `^[ -~]{32}$`,
		`{{ randBytes 16 }}`:    `^[A-Za-z0-9+/]{22}==$`,
		`{{ uuidv4 }}`:          `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		`{{ randInt 3 5 }}`:     `^[34]$`,
	} {
		first, second := render(t, template), render(t, template)
		if !regexp.MustCompile(form).MatchString(first) {
			t.Errorf("%s: %q", template, first)
		}
		if first == second && len(first) > 1 {
			t.Errorf("%s: twice %q", template, first)
		}
	}
	if got := sorted(render(t, `{{ shuffle "abcdéabc" }}`)); got != sorted("abcdéabc") {
		t.Errorf("shuffle: %q", got)
	}
}

func sorted(text string) string {
	runes := []rune(text)
	slices.Sort(runes)
	return string(runes)
}

func TestAPasswordIsHashedWithBcrypt(t *testing.T) {
	line := render(t, `{{ htpasswd "user" "secret" "bcrypt" }}`)
	hash, found := strings.CutPrefix(line, "user:")
	if !found {
		t.Fatal(line)
	}
	for _, one := range []string{hash, render(t, `{{ bcrypt "secret" }}`)} {
		if !strings.HasPrefix(one, "$2a$10$") || bcrypt.CompareHashAndPassword([]byte(one), []byte("secret")) != nil {
			t.Error(one)
		}
	}
}

func TestAnAuthoritySignsACertificate(t *testing.T) {
	text := render(t, `{{ $ca := genCA "authority" 2 }}{{ $c := genSignedCert "server" (list "10.0.0.1" "::1") (list "a.b" "c.d") 1 $ca }}{{ $ca.Cert }}{{ $c.Cert }}{{ certSANs $c.Cert }}`)
	authority, rest := parseOne(t, []byte(text))
	server, names := parseOne(t, rest)
	if string(names) != "[a.b c.d 10.0.0.1 ::1]" {
		t.Errorf("%s", names)
	}
	if err := server.CheckSignatureFrom(authority); err != nil {
		t.Error(err)
	}
	if !authority.IsCA || authority.Subject.CommonName != "authority" || len(authority.SubjectKeyId) == 0 || len(authority.AuthorityKeyId) != 0 {
		t.Errorf("%+v", authority.Subject)
	}
	if authority.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment|x509.KeyUsageCertSign {
		t.Errorf("usage %b", authority.KeyUsage)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if server.IsCA || !slices.Equal(server.ExtKeyUsage, usages) || string(server.AuthorityKeyId) != string(authority.SubjectKeyId) {
		t.Errorf("%+v", server.Subject)
	}
}

func parseOne(t *testing.T, text []byte) (*x509.Certificate, []byte) {
	t.Helper()
	block, rest := pem.Decode(text)
	if block == nil {
		t.Fatalf("no PEM: %s", text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, rest
}

func TestOtherDelimitersLeaveTheUsualOnesAlone(t *testing.T) {
	options := Options{LeftDelimiter: "<<", RightDelimiter: ">>", MissingKey: "error"}
	pairs, err := Render(options, map[string]string{"a": "1"}, Template{Scope: Values, Name: "k", Text: "<< .a >> {{ .a }} \n<<- .a ->> \n x"})
	if err != nil || pairs[0].Value != "1 {{ .a }}1x" {
		t.Errorf("%v, %v", pairs, err)
	}
}

func TestNothingOutsideTheTemplateIsReached(t *testing.T) {
	t.Setenv("CANARY", "hunter2")
	for _, template := range []string{
		`{{ env "CANARY" }}`, `{{ expandenv "$CANARY" }}`, `{{ getHostByName "localhost" }}`, `{{ include "a" }}`, `{{ tpl "a" . }}`,
		`{{ lookup "v1" "Secret" "a" "b" }}`, `{{ required "a" .x }}`, `{{ .Files }}`, `{{ readFile "/etc/passwd" }}`,
	} {
		if _, err := Render(strict, nil, Template{Scope: Values, Name: "k", Text: template}); err == nil {
			t.Errorf("%s gives something", template)
		}
	}
	if got := render(t, `{{ printf "%s" "${CANARY} $CANARY" }}`); strings.Contains(got, "hunter2") {
		t.Error(got)
	}
}

func TestTemplatesShareNothing(t *testing.T) {
	if got := render(t, `{{ define "shared" }}1{{ end }}{{ template "shared" }}`); got != "1" {
		t.Error(got)
	}
	if _, err := Render(strict, nil, Template{Scope: Values, Name: "k", Text: `{{ template "shared" }}`}); err == nil {
		t.Error("another template's definition is known")
	}
}
