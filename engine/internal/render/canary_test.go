package render

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"secretcast/engine/internal/failure"
	"secretcast/engine/internal/functions"
)

// The canaries stand for secrets. The second looks like a name, which public texts may show if it is the template's.
var canaries = []string{"C4n-ary/Value 1", "canaryvalue2"}

// slow functions are fed elsewhere, with what makes them fail at once.
var slow = []string{"genPrivateKey", "genCA", "genSelfSignedCert", "genSignedCert", "bcrypt", "htpasswd", "derivePassword", "repeat"}

func TestNoPublicTextHoldsAValue(t *testing.T) {
	failed := map[string]bool{}
	for _, canary := range canaries {
		data := canaryData(canary)
		for _, template := range slices.Concat(callsOfEveryFunction(), failingTemplates) {
			for _, scope := range []Scope{Values, KeysAndValues} {
				text := strings.ReplaceAll(template, "CANARY", canary)
				_, err := Render(strict, data, Template{Scope: scope, Name: "key", Text: text})
				if err != nil {
					failed[template] = true
					checkPublic(t, canary, text, err)
				}
			}
		}
		for _, text := range failingTransforms {
			_, err := Transform(strings.ReplaceAll(text, "CANARY", canary), []string{canary})
			if err == nil {
				t.Errorf("%s does not fail", text)
				continue
			}
			checkPublic(t, canary, text, err)
		}
	}
	for _, template := range failingTemplates {
		if !failed[template] {
			t.Errorf("%s does not fail", template)
		}
	}
	if len(failed) < 1000 {
		t.Errorf("only %d templates failed", len(failed))
	}
}

func TestNoPublicTextOfAKnownFailureQuotesTheTemplate(t *testing.T) {
	text, err := os.ReadFile("../../../test/vectors/templates.json")
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all.Cases {
		_, err := Render(strict, all.Data, Template{Scope: one.Scope, Name: "key", Text: one.Template})
		if err == nil {
			continue
		}
		for _, value := range []string{"hello", "dash", "x,y,z", "boom", "msg"} {
			if public := publicText(t, err); strings.Contains(public, value) {
				t.Errorf("%s: %s", one.Template, public)
			}
		}
	}
}

func checkPublic(t *testing.T, canary, template string, err error) {
	t.Helper()
	public := publicText(t, err)
	if !strings.Contains(public, "key") && !strings.Contains(public, "transform") {
		t.Errorf("%s: %q does not say where", template, public)
	}
	for _, form := range forms(canary) {
		if strings.Contains(strings.ToLower(public), strings.ToLower(form)) {
			t.Fatalf("%s: %q is in %q", template, form, public)
		}
	}
}

func publicText(t *testing.T, err error) string {
	t.Helper()
	told, ok := errors.AsType[*failure.Failure](err)
	if !ok {
		t.Fatalf("%T has no public text", err)
	}
	return told.Public
}

func forms(canary string) []string {
	bytes := []byte(canary)
	quoted := fmt.Sprintf("%q", canary)
	return []string{
		canary, canary[:6], canary[len(canary)-6:], quoted[1 : len(quoted)-1],
		base64.StdEncoding.EncodeToString(bytes)[:8], base64.RawURLEncoding.EncodeToString(bytes)[:8],
		hex.EncodeToString(bytes)[:8], fmt.Sprint(bytes)[1:12],
	}
}

func canaryData(canary string) map[string]string {
	object, _ := json.Marshal(map[string]any{canary: canary, "l": []string{canary}})
	return map[string]string{
		"c":       canary,
		"json":    string(object),
		"badJSON": "{" + canary,
		"missing": `>: map has no entry for key "` + canary + `"`,
		"pem":     "-----BEGIN " + canary + "-----\n" + base64.StdEncoding.EncodeToString([]byte(canary)) + "\n-----END " + canary + "-----\n",
		"b64":     base64.StdEncoding.EncodeToString([]byte(canary)),
		"cert":    "-----BEGIN CERTIFICATE-----\n" + base64.StdEncoding.EncodeToString([]byte(canary)) + "\n-----END CERTIFICATE-----\n",
	}
}

var arguments = []string{`.c`, `"CANARY"`, `(list .c)`, `(dict .c .c)`, `(fromJson .json)`, `.json`, `.pem`, `1`, `nil`, `.missing`, `.badJSON`, `.`}

// callsOfEveryFunction tries every function with one to four arguments, of which all but the last are of one kind.
func callsOfEveryFunction() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(functions.All)), func(name string) bool { return slices.Contains(slow, name) })
	names = append(names, "index", "len", "call", "eq", "lt", "ne", "print", "html", "js", "urlquery", "and", "not")
	var calls []string
	for _, name := range names {
		for _, argument := range arguments {
			for _, last := range []string{argument, `.c`, `(list .c)`} {
				for count := range 4 {
					calls = append(calls, "{{ "+name+strings.Repeat(" "+argument, count)+" "+last+" }}")
				}
			}
		}
	}
	return calls
}

var failingTemplates = []string{
	// the parser
	`{{ "CANARY`, `{{ "CANARY" "CANARY" }}`, "{{ `CANARY", `{{ 'CANARY' }}`, `{{ "\qCANARY" }}`, `{{ $x := "CANARY" }}{{ end }}`,
	`{{ template "CANARY" }}`, `{{ define "CANARY" }}a{{ end }}{{ define "CANARY" }}b{{ end }}`, `{{ (1).x "CANARY" }}`,
	`{{ "CANARY".x }}`, `{{ if "CANARY" }}`, `{{ "CANARY" | }} {{ | "CANARY" }}`, `{{ /* CANARY */ }}`, `{{/* CANARY }}`,
	`{{ block "CANARY" }}{{ end }}`, `{{ 1CANARY }}`, `{{ .aCANARY✓ }}`, `{{ #CANARY }}`, `%CANARY{{ end }}`,
	// what runs
	`{{ fail .c }}`, `{{ fail "CANARY" }}`, `{{ fail .missing }}`, `{{ range .missing }}{{ end }}`, `{{ range .c }}{{ end }}`,
	`{{ .c.c }}`, `{{ .c.c.d }}`, `{{ .c .c }}`, `{{ $c := .c }}{{ $c .c }}`, `{{ "CANARY" .c }}`, `{{ ("CANARY") .c }}`,
	`{{ template "CANARY" .c }}`, `{{ define "CANARY" }}{{ fail . }}{{ end }}{{ template "CANARY" .c }}`,
	`{{ fail (printf "%s" .c) }}`, `{{ index . .c .c }}`, `{{ index (list 1) .c }}`, `{{ index .c .c }}`, `{{ call .c }}`,
	`{{ upper (list .c) }}`, `{{ trunc "CANARY" .c }}`, `{{ trunc .c .c }}`, `{{ eq (list .c) (list .c) }}`, `{{ lt .c 1 }}`,
	`{{ mustFromJson .c }}`, `{{ mustFromJson .badJSON }}`, `{{ mustToDate .c .c }}`, `{{ mustToDate "2006" .c }}`,
	`{{ mustDateModify .c now }}`, `{{ urlParse (print "::" .c) }}`, `{{ urlParse (print "http://h:" .c "/") }}`,
	`{{ urlJoin (dict "host" (list .c)) }}`, `{{ regexFind (print "(" .c) .c }}`, `{{ mustRegexFind (print "(" .c) .c }}`,
	`{{ regexReplaceAll (print "(?P<" .c) .c .c }}`, `{{ mustRegexMatch (print "[z-a" .c) .c }}`, `{{ semver .c }}`,
	`{{ semverCompare .c "1" }}`, `{{ semverCompare "1" .c }}`, `{{ repeat -1 .c }}`, `{{ rsaDecrypt .c .c .c .c }}`,
	`{{ rsaDecrypt "RSA-OAEP" .c .c .pem }}`, `{{ certSANs .pem }}`, `{{ filterPEM .c .c }}`, `{{ filterCertChain .c .cert }}`,
	`{{ pkcs12key .c }}`, `{{ pkcs12certPass .c .c }}`, `{{ pemToPkcs12 .cert .pem }}`, `{{ fullPemToPkcs12 .c .c }}`,
	`{{ jwkPublicKeyPem .c }}`, `{{ jwkPublicKeyPem .json }}`, `{{ jwkPrivateKeyPem (dict "kty" .c | toJson) }}`,
	`{{ jwkPublicKeyPem (dict "kty" "EC" "crv" .c "x" .b64 "y" .b64 | toJson) }}`, `{{ jwkPublicKeyPem (dict "kty" "RSA" "n" .c "e" "AQAB" | toJson) }}`,
	`{{ jwkPublicKeyPem (dict "kty" "OKP" "crv" .c "x" .b64 | toJson) }}`, `{{ buildCustomCert .c .c }}`, `{{ buildCustomCert .b64 .b64 }}`,
	`{{ genCAWithKey .c 1 .c }}`, `{{ genCAWithKey .c 1 .pem }}`, `{{ genSelfSignedCert .c (list .c) nil 1 }}`, `{{ decryptAES .c .c }}`,
	`{{ decryptAES .c .b64 }}`, `{{ dig .c .c (dict .c .c) }}{{ dig "a" .c .c (dict "a" .c) }}`, `{{ substr 9 1 .c }}`, `{{ chunk 0 (list .c) }}`,
	`{{ (fromJson .json).l.m }}`, `{{ toRawJson (list .c (float64 "nan")) }}`, `{{ range $a, $b := .c }}{{ end }}`,
	`{{ $x = .c }}`, `{{ with .c }}{{ .d }}{{ end }}`, `{{ 99999999999999999999 .c }}`, `{{ set . .c .c }}`,
	// the YAML
	"{{ .c }}", "a: *{{ .b64 }}", "a: &{{ .b64 }} [*{{ .b64 }}]", "a: [{{ .c }}", "a: {{ .c }}: {{ .c }}", "? [{{ .c }}]\n: {{ .c }}",
	"null: {{ .c }}", "a: [{{ .c | quote }}]", "a: {b: {{ .c | quote }}}", "- {{ .c | quote }}", "a: !!int {{ .c | quote }}", "a: !!binary {{ .c | quote }}",
	"{{ .c }}: a\n\t{{ .c }}: b", "a: \"\\q{{ .c }}\"", "%{{ .c }}\n---\na: b", "a: |{{ .c }}\n x", "<<: {{ .c }}", "a: '{{ .c }}", "a: \x01{{ .c }}",
}

var failingTransforms = []string{`{{ fail .value }}`, `{{ "CANARY`, `{{ .value.x }}`, `{{ index .value .value }}`, `{{ template "CANARY" }}`, `{{ mustFromJson .value }}`}
