package render

import (
	"strings"
	"testing"
)

// row is a template and what it gives. A result that starts with `error: ` is the end of the raw error.
type row struct{ template, want string }

func checkRows(t *testing.T, rows []row) {
	t.Helper()
	for _, one := range rows {
		pairs, err := Render(strict, map[string]string{"a": "1", "csv": "x,y,z"}, Template{Scope: Values, Name: "k", Text: one.template})
		ending, fails := strings.CutPrefix(one.want, "error: ")
		switch {
		case fails && err == nil:
			t.Errorf("%s\ngot  %q\nwant error %q", one.template, pairs[0].Value, ending)
		case fails && !strings.HasSuffix(err.Error(), ": "+ending):
			t.Errorf("%s\ngot  error %q\nwant error %q", one.template, err, ending)
		case !fails && err != nil:
			t.Errorf("%s\ngot  error %q\nwant %q", one.template, err, one.want)
		case !fails && pairs[0].Value != one.want:
			t.Errorf("%s\ngot  %q\nwant %q", one.template, pairs[0].Value, one.want)
		}
	}
}

const nilText = "runtime error: invalid memory address or nil pointer dereference"

func TestStrings(t *testing.T) {
	checkRows(t, []row{
		{`{{ trim "\u00a0\u0085 a\u200b " | quote }}`, `"a\u200b"`},
		{`{{ trimall "$" "$5$" }}`, `5`},
		{`{{ upper "ßŉﬁǆ" }}|{{ lower "İΣ" }}`, "ßŉﬁǄ|iσ"},
		{`{{ upper "é\xff" | quote }}`, `"É�"`},
		{`{{ title "it's a-b éa" }}`, "It'S A-B Éa"},
		{`{{ swapcase "aB cD" }}`, "Ab Cd"},
		{`{{ substr 0 9 "ab" }}|{{ substr -1 1 "ab" }}`, "ab|a"},
		{`{{ substr 3 9 "ab" }}`, "error: error calling substr: runtime error: slice bounds out of range [3:2]"},
		{`{{ substr -1 9 "ab" }}`, "error: error calling substr: runtime error: slice bounds out of range [:9] with length 2"},
		{`{{ trunc -9 "ab" }}{{ trunc 0 "ab" }}`, "ab"},
		{`{{ abbrev 4 "hello" }}|{{ abbrev 5 "hello" }}`, "h...|hello"},
		{`{{ abbrevboth 0 6 "123456789" }}|{{ abbrevboth 6 8 "1234567890123" }}|{{ abbrevboth 9 8 "1234567890123" }}|{{ abbrevboth 4 8 "1234567890123" }}`, "123...|...78...|...90123|12345..."},
		{`{{ repeat 0 "a" }}|{{ repeat 3 "" }}`, "|"},
		{`{{ repeat -1 "a" }}`, "error: error calling repeat: strings: negative Repeat count"},
		{`{{ nospace "é" }}|{{ nospace "a\tb\nc" }}`, "é|abc"},
		{`{{ initials "foo-bar baz" }}`, "fb"},
		{`{{ randAlphaNum 0 }}{{ randAlpha -1 }}`, ""},
		{`{{ wrap 0 "a b" }}|{{ wrap 4 "abcdefg hi" }}|{{ wrapWith 3 "" "abcdef" }}`, "a\nb|abcdefg\nhi|abc\ndef"},
		{`{{ squote "a" nil 1.5 }}|{{ cat "%d" 1 }}`, "'a' '1.5'|%d 1"},
		{`{{ nindent -1 "a" }}`, "error: error calling nindent: strings: negative Repeat count"},
		{`{{ plural "one" "many" 1 }}`, "one"},
		{`{{ snakecase "a.b C" }}|{{ snakecase "__a" }}|{{ kebabcase "HTTP_server" }}|{{ snakecase "http_20xOK" }}`, "a.b_c|__a|http-server|http_20x_ok"},
		{`{{ camelcase "__" }}|{{ camelcase "HTTP_server" }}|{{ camelcase "FOoBAR" }}|{{ camelcase "fooBar" }}`, "___|HttpServer|FooBAR|FooBar"},
		{`{{ toStrings nil }}|{{ toStrings 5 }}|{{ toString (list 1 nil) }}`, "[]|[5]|[1 <nil>]"},
		{`{{ split "" "ab" }}|{{ split "," "" }}|{{ splitn "," 0 "a,b" }}|{{ splitn "," -1 "a,b" }}`, "map[_0:a _1:b]|map[_0:]|map[]|map[_0:a _1:b]"},
		{`{{ sortAlpha "x" }}|{{ hello }}`, "[x]|Hello!"},
		{`{{ "a" | quote | quote }}`, `"\"a\""`},
		{`{{ print (quote (list 1 "a")) }}`, `"[1 a]"`},
		{`{{ quote 5 true 1.5 (dict "a" 1) }}`, `"5" "true" "1.5" "map[a:1]"`},
		{`{{ replace "a" "" "banana" }}`, "bnn"},
		{`{{ join "-" (dict) }}`, "map[]"},
		{`{{ indent 2 "" | quote }}`, `"  "`},
	})
}

func TestEncodings(t *testing.T) {
	checkRows(t, []row{
		{`{{ b64dec "aGVsbG8=x" }}|{{ b64dec "a===" }}`, "illegal base64 data at input byte 8|illegal base64 data at input byte 1"},
		{`{{ hexdec "AbCd" | printf "%x" }}|{{ hexdec "zza" }}`, "abcd|encoding/hex: invalid byte: U+007A 'z'"},
		{`{{ sha512sum "" | trunc 8 }}`, "cf83e135"},
		{`{{ b32enc "" }}|{{ b32dec "" }}`, "|"},
	})
}

func TestLists(t *testing.T) {
	checkRows(t, []row{
		{`{{ last 1 }}`, "error: error calling last: Cannot find last on type int"},
		{`{{ mustFirst 1 }}`, "error: error calling mustFirst: Cannot find first on type int"},
		{`{{ rest 1 }}`, "error: error calling rest: Cannot find rest on type int"},
		{`{{ initial 1 }}`, "error: error calling initial: Cannot find initial on type int"},
		{`{{ reverse 1 }}`, "error: error calling reverse: Cannot find reverse on type int"},
		{`{{ uniq 1 }}`, "error: error calling uniq: Cannot find uniq on type int"},
		{`{{ without 1 2 }}`, "error: error calling without: Cannot find without on type int"},
		{`{{ prepend 1 2 }}`, "error: error calling prepend: Cannot prepend on type int"},
		{`{{ push 1 2 }}`, "error: error calling push: Cannot push on type int"},
		{`{{ compact 1 }}`, "error: error calling compact: Cannot compact on type int"},
		{`{{ chunk 1 2 }}`, "error: error calling chunk: Cannot chunk type int"},
		{`{{ chunk 0 (list 1) }}`, "error: error calling chunk: runtime error: makeslice: len out of range"},
		{`{{ concat (dict) }}`, "error: error calling concat: Cannot concat type map as list"},
		{`{{ last nil }}`, "error: error calling last: " + nilText},
		{`{{ append nil 1 }}`, "error: error calling append: " + nilText},
		{`{{ prepend nil 1 }}`, "error: error calling prepend: " + nilText},
		{`{{ reverse nil }}`, "error: error calling reverse: " + nilText},
		{`{{ compact nil }}`, "error: error calling compact: " + nilText},
		{`{{ chunk 1 nil }}`, "error: error calling chunk: " + nilText},
		{`{{ slice nil 1 }}`, "error: error calling slice: " + nilText},
		{`{{ concat nil }}`, "error: error calling concat: " + nilText},
		{`{{ concat }}|{{ initial (list) | toJson }}|{{ chunk 2 (list) }}`, "[]|null|[]"},
		{`{{ slice (list 1 2 3) }}|{{ slice (list 1 2 3) 1 2 }}|{{ typeOf (slice (splitList "," "a,b") 1) }}`, "[1 2 3]|[2]|[]string"},
		{`{{ slice (list 1 2 3) "1" }}`, "[2 3]"},
		{`{{ typeOf (chunk 1 (list 1)) }}|{{ typeOf (until 1) }}|{{ until 0 }}|{{ seq -2 }}|{{ seq 3 -1 1 }}|{{ seq 1 2 3 4 }}`, "[][]interface {}|[]int|[]|1 0 -1 -2|3 2 1|"},
		{`{{ chunk 0 (list) }}`, "error: error calling chunk: runtime error: makeslice: len out of range"},
		{`{{ chunk 0 (list 1 2) }}`, "error: error calling chunk: runtime error: makeslice: len out of range"},
		{`{{ chunk -1 (list 1 2 3) }}`, "error: error calling chunk: runtime error: makeslice: len out of range"},
		{`{{ has (list 1) (list (list 1)) }}|{{ without (list 1 2) }}`, "true|[1 2]"},
		{`{{ rest nil }}`, "error: error calling rest: " + nilText},
	})
}

func TestDictionaries(t *testing.T) {
	checkRows(t, []row{
		{`{{ keys (dict "b" 1 "a" 2) (dict "a" 3) }}|{{ values (dict "b" 1 "a" 2) }}`, "[a b a]|[2 1]"},
		{`{{ mergeOverwrite (dict "a" (dict "x" 1) "l" (list 1)) (dict "a" 5 "l" (list 2)) }}`, "map[a:5 l:[2]]"},
		{`{{ mergeOverwrite (dict "a" 5) (dict "a" (dict "x" 1)) }}`, "map[a:map[x:1]]"},
		{`{{ mergeOverwrite (dict "a" (dict "x" 1 "y" 2)) (dict "a" (dict "x" "")) }}`, "map[a:map[x: y:2]]"},
		{`{{ merge (dict "a" 0 "b" false "c" nil "d" (list)) (dict "a" 1 "b" true "c" 2 "d" (list 3)) }}`, "map[a:1 b:true c:2 d:[3]]"},
		{`{{ dig "a" "x" (dict "a" nil) }}|{{ dig "a" "b" "x" (dict) }}`, "<no value>|x"},
		{`{{ dict "a" 1 "a" 2 }}|{{ dict nil 1 }}|{{ deepCopy 1 }}|{{ deepCopy (dict "a" 1) }}`, "map[a:2]|map[<nil>:1]|1|map[a:1]"},
		{`{{ $d := dict }}{{ set $d "a" 1 }}|{{ pluck "z" $d }}|{{ hasKey $d "a" }}`, "map[a:1]|[]|true"},
		{`{{ typeOf (pick (dict "a" 1) "a") }}|{{ get (dict "a" 1) "a" }}`, "map[string]interface {}|1"},
	})
}

func TestNumbers(t *testing.T) {
	checkRows(t, []row{
		{`{{ int "" }} {{ int "-12.9" }} {{ int "1_000" }} {{ int "1,000" }} {{ int (list) }} {{ int "99999999999999999999" }} {{ int "12." }} {{ int "-.5" }} {{ int64 "0b11" }} {{ int64 "0o17" }}`, "0 -12 1000 0 0 0 12 0 3 15"},
		{`{{ float64 "inf" }} {{ float64 "0x1p4" }} {{ float64 "1_0" }} {{ float64 nil }} {{ float64 true }} {{ float64 "" }}`, "+Inf 16 10 0 1 0"},
		{`{{ atoi " 5" }} {{ atoi "1_0" }} {{ atoi "-99999999999999999999" }}`, "0 0 -9223372036854775808"},
		{`{{ toDecimal 777 }} {{ toDecimal "x" }}`, "511 0"},
		{`{{ mod 1 0 }}`, "error: error calling mod: runtime error: integer divide by zero"},
		{`{{ maxf 1 "NaN" }} {{ minf 1.5 0.5 }} {{ biggest 1 2 }} {{ min "3" 2.9 }}`, "NaN 0.5 2 2"},
		{`{{ subf 3 }} {{ divf 10 4 }} {{ mulf 1.1 1.1 }} {{ addf }} {{ divf 1 7 }} {{ divf -2 3 }}`, "3 2.5 1.21 0 0.1428571428571429 -0.6666666666666667"},
		{`{{ floor "1.9" }} {{ ceil 1 }} {{ round 3.14159 3 }} {{ round "2.55" 1 }}`, "1 1 3.142 2.6"},
		{`{{ randInt 5 6 }}`, "5"},
		{`{{ add 1.9 "3.7" true nil }} {{ mul 2 }} {{ sub 1 "0x10" }}`, "5 2 -15"},
		{`{{ int 1e300 }} {{ int64 (float64 "nan") }} {{ add -1e300 0 }} {{ max 1 (float64 "inf") }} {{ int 9007199254740993.0 }}`, "-9223372036854775808 -9223372036854775808 -9223372036854775808 1 9007199254740992"},
		{`{{ add1f "1.5" }} {{ addf "0.1" 0.2 3 }}`, "2.5 3.3"},
		{`{{ untilStep 0 6 2 }} {{ untilStep 0 6 -2 }}`, "[0 2 4] []"},
	})
}

func TestDefaultsAndReflection(t *testing.T) {
	checkRows(t, []row{
		{`{{ default "d" }}|{{ default "d" (list) }}|{{ default "d" (dict) }}|{{ default "d" 0.0 }}|{{ default "d" now | typeOf }}`, "d|d|d|d|time.Time"},
		{`{{ typeIs "int" 1 }}{{ typeIs "*semver.Version" (semver "1") }}{{ typeIsLike "semver.Version" (semver "1") }}{{ kindIs "ptr" (semver "1") }}`, "truetruetruetrue"},
		{`{{ typeOf (semver "1").Major }} {{ typeOf (index "a" 0) }} {{ typeOf (htmlDate 0) }} {{ typeOf (split "," "a") }} {{ typeOf (toDecimal 1) }} {{ typeOf (floor 1) }} {{ typeOf (genSelfSignedCert "a" nil nil 1) }}`, "uint64 uint8 string map[string]string int64 float64 sprig.certificate"},
		{`{{ typeOf (fromJson "1") }} {{ typeOf (fromYaml "a: 1").a }} {{ typeOf (list 1 | toStrings) }} {{ typeOf (regexFindAll "a" "a" -1) }}`, "float64 float64 []string []string"},
		{`{{ empty (list) }}{{ empty nil }}{{ empty (semver "1") }}`, "truetruefalse"},
		{`{{ fail "" }}`, "error: error calling fail: "},
	})
}

func TestDates(t *testing.T) {
	checkRows(t, []row{
		{`{{ date "2006" (int64 86400) }} {{ htmlDate 0 }} {{ date_in_zone "15:04" 0 "" }} {{ dateInZone "15:04" 0 "Local" }}`, "1970 1970-01-01 00:00 00:00"},
		{`{{ dateInZone "MST -0700" 0 "Europe/Berlin" }} {{ dateInZone "MST" 0 "America/Sao_Paulo" }}`, "CET +0100 -03"},
		{`{{ mustDateModify "bad" now }}`, `error: error calling mustDateModify: time: invalid duration "bad"`},
		{`{{ mustToDate "2006-01-02" "2024-01-01x" }}`, `error: error calling mustToDate: parsing time "2024-01-01x": extra text: "x"`},
		{`{{ duration 3661 }} {{ duration "-5" }} {{ durationRound 5 }} {{ durationRound (int64 5000000000) }} {{ durationRound "8760h" }} {{ durationRound "8761h" }} {{ durationRound "25h" }}`, "0s -5s 0s 5s 12mo 1y 1d"},
		{`{{ ago (now) }}`, "0s"},
		{`{{ (toDate "2006" "2024").Location }}|{{ toDate "2006-01-02 15:04 MST" "2024-02-29 10:00 CET" }}|{{ eq (toDate "2006" "2024") (toDate "2006" "2024").UTC }}|{{ (toDate "2006" "2024").UTC }}`,
			"UTC|2024-02-29 10:00:00 +0000 CET|false|2024-01-01 00:00:00 +0000 UTC"},
		{`{{ typeOf now }}{{ regexMatch " m=[+][0-9.]+$" (toString now) }}{{ regexMatch "m=" (toString now.UTC) }}`, "time.Timetruefalse"},
		{`{{ (toDate "2006-01-02" "2024-02-29").YearDay }} {{ (toDate "2006-01-02" "2024-02-29").AddDate 0 1 0 }}`, "60 2024-03-29 00:00:00 +0000 UTC"},
		{`{{ date "2006-01-02T15:04:05.000Z07:00 __2 Z0700 -07:00:00" 0 }}`, "1970-01-01T00:00:00.000Z   1 Z +00:00:00"},
	})
}

func TestPathsAndAddresses(t *testing.T) {
	checkRows(t, []row{
		{`{{ dir "a" }}|{{ clean "" }}|{{ osBase "/a/b" }}|{{ osIsAbs "a" }}|{{ osExt "a.b" }}|{{ osClean "a/.." }}|{{ osDir "/a/b" }}`, ".|.|b|false|.b|.|/a"},
		{`{{ (urlParse "HTTP://User:P@x@Host:80/p%20q?x#f") | toJson }}`, `{"fragment":"f","host":"Host:80","hostname":"Host","opaque":"","path":"/p q","query":"x","scheme":"http","userinfo":"User:P%40x"}`},
		{`{{ urlJoin (dict) }}|{{ urlJoin (urlParse "postgres://u:p%40ss@h:5432/db?x=1") }}|{{ urlParse "mailto:a@b" | toJson }}`, `|postgres://u:p%40ss@h:5432/db?x=1|{"fragment":"","host":"","hostname":"","opaque":"a@b","path":"","query":"","scheme":"mailto","userinfo":""}`},
		{`{{ urlJoin (dict "scheme" 5) }}`, "error: error calling urlJoin: unable to parse scheme key, must be of type string, but int found"},
	})
}

func TestRegularExpressions(t *testing.T) {
	checkRows(t, []row{
		{`{{ mustRegexMatch "(" "x" }}`, "error: error calling mustRegexMatch: error parsing regexp: missing closing ): `(`"},
		{`{{ regexReplaceAll "(" "x" "y" }}`, "error: error calling regexReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"},
		{`{{ regexSplit "(" "x" 1 }}`, "error: error calling regexSplit: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"},
		{`{{ regexFindAll "a" "aaa" 0 | toJson }}|{{ regexReplaceAll "(a)" "a" "$2x$" }}|{{ regexReplaceAll "a" "a" "${" }}`, "null|$|${"},
		{`{{ mustRegexReplaceAllLiteral "a" "a" "$0" }}|{{ mustRegexSplit "," "a,b,c" 2 }}|{{ mustRegexFindAll "." "ab" 1 }}`, "$0|[a b,c]|[a]"},
	})
}

func TestVersions(t *testing.T) {
	checkRows(t, []row{
		{`{{ semverCompare "~1.2.3" "1.2.9" }}{{ semverCompare "1.x" "1.9.0" }}{{ semverCompare ">1" "2.0.0" }}{{ semverCompare "<=1" "1.9.9" }}{{ semverCompare "1.2 - 1.4" "1.3.0" }}{{ semverCompare "=>1.0, <2" "1.5.0" }}{{ semverCompare "~>1.2" "1.2.1" }}{{ semverCompare "*" "1.0.0-a" }}`, "truetruetruetruetruetruetruefalse"},
		{`{{ semverCompare "1.0.0" "1.0.0+build" }}{{ semverCompare "^0.2" "0.2.9" }}{{ semverCompare "^0.2" "0.3.0" }}`, "truetruefalse"},
		{`{{ semverCompare "" "1.0.0" }}`, "error: error calling semverCompare: improper constraint: "},
		{`{{ semver "v01.2" }}|{{ (semver "1.2.3+b").Metadata }}|{{ (semver "1.2.3").IncMajor }}|{{ (semver "1.2.3").LessThan (semver "2") }}|{{ toJson (semver "v1") }}`, `1.2.0|b|2.0.0|true|"1.0.0"`},
		{`{{ semverCompare "^1" "x" }}`, "error: error calling semverCompare: invalid semantic version"},
	})
}

func TestJSON(t *testing.T) {
	checkRows(t, []row{
		{`{{ mustFromJson "" }}`, "error: error calling mustFromJson: unexpected end of JSON input"},
		{`{{ mustToJson (float64 "inf") }}`, "error: error calling mustToJson: json: unsupported value: +Inf"},
		{`{{ mustToRawJson (float64 "inf") }}`, "error: error calling mustToRawJson: json: unsupported value: +Inf"},
		{`{{ toRawJson (float64 "inf") }}`, "error: error calling toRawJson: json: unsupported value: +Inf"},
		{`{{ toJson "\u2028\x7f\x01\b\xff" }}|{{ toRawJson "<\u2028" }}`, `"\u2028` + "\x7f" + `\u0001\b\ufffd"|"<\u2028"`},
		{`{{ fromJson "{\"a\":1,\"a\":2}" }}|{{ fromJson "\"\\ud800\"" }}|{{ toPrettyJson (dict "a" (list) "b" (dict)) }}`, "map[a:2]|�|{\n  \"a\": [],\n  \"b\": {}\n}"},
		{`{{ toJson (toDate "2006-01-02" "2024-02-29") }}|{{ toJson nil }}|{{ toJson (dict "b" 1 "a" 2) }}`, `"2024-02-29T00:00:00Z"|null|{"a":2,"b":1}`},
	})
}

func TestCryptography(t *testing.T) {
	checkRows(t, []row{
		{`{{ htpasswd "u" "p" "none" | trunc 9 }}`, "u:$2a$10$"},
		{`{{ genPrivateKey "ecdsa" | trunc 30 }}`, "-----BEGIN EC PRIVATE KEY-----"},
		{`{{ genPrivateKey "ed25519" | trunc 27 }}`, "-----BEGIN PRIVATE KEY-----"},
		{`{{ decryptAES "k" "" }}|`, "|"},
		{`{{ genSelfSignedCert "x" (list 1) nil 1 }}`, "error: error calling genSelfSignedCert: error parsing ip: 1 is not a string"},
		{`{{ genSelfSignedCert "x" nil (list 1) 1 }}`, "error: error calling genSelfSignedCert: error processing alternate dns name: 1 is not a string"},
		{`{{ buildCustomCert "YQ==" "YQ==" }}`, "error: error calling buildCustomCert: unable to decode certificate"},
		{`{{ randBytes 16 | b64dec | len }}`, "16"},
		{`{{ jwkPublicKeyPem "{\"kty\":\"RSA\",\"n\":\"AQAB\"}" }}`, "error: error calling jwkPublicKeyPem: failed to unmarshal JSON into key (*jwk.rsaPublicKey): required field e is missing"},
		{`{{ jwkPublicKeyPem "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AQAB\",\"y\":\"AQAB\"}" }}`, "error: error calling jwkPublicKeyPem: failed to build public key: invalid curve algorithm secp256k1"},
		{`{{ jwkPublicKeyPem "x" }}`, "error: error calling jwkPublicKeyPem: failed to unmarshal JSON into key hint: invalid character 'x' looking for beginning of value"},
		{`{{ jwkPublicKeyPem "{\"kty\":\"oct\",\"k\":\"AQAB\"}" }}`, "error: error calling jwkPublicKeyPem: x509: unsupported public key type: []uint8"},
		{`{{ jwkPublicKeyPem "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}" }}`, "error: error calling jwkPublicKeyPem: x509: unsupported public key type: x25519.PublicKey"},
		{`{{ rsaDecrypt "RSA-OAEP" "SHA1" "x" "y" }}`, "error: error calling rsaDecrypt: failed to decode PEM block"},
		{`{{ rsaDecrypt "RSA-OAEP" "SHA1" "x" (genPrivateKey "ecdsa") }}`, "error: error calling rsaDecrypt: could not parse RSA private key"},
	})
}

func TestYAMLOut(t *testing.T) {
	checkRows(t, []row{
		{`{{ toYaml (dict "s" "a\tb" "c" "1:20" "d" "2020-01-02" "e" "a: b" "f" "a #b" "g" "---" "h" "\U0001F600" "i" "&a") }}`,
			"c: \"1:20\"\nd: \"2020-01-02\"\ne: 'a: b'\nf: 'a #b'\ng: '---'\nh: \"\\U0001F600\"\ni: '&a'\ns: \"a\\tb\""},
		{`{{ toYaml (dict "a" "x\ny" "b" "x\n\n" "c" " x\ny" "d" "x \ny") }}`, "a: |-\n  x\n  y\nb: |+\n  x\n\nc: |2-\n   x\n  y\nd: \"x \\ny\""},
		{`{{ toYaml (list 1.0 1e-7 1e20 1.5) }}`, "- 1\n- 1e-07\n- 1e+20\n- 1.5"},
		{`{{ toYaml (dict "y" 1 "null" 2) }}|{{ toYaml (list) }}|{{ toYaml (dict) }}|{{ toYaml nil }}|{{ toYaml "yes" }}`, "\"null\": 2\n\"y\": 1|[]|{}|null|\"yes\""},
		{`{{ toYaml (float64 "NaN") }}|{{ fromYaml "null" | toJson }}|{{ fromYaml "1: a" | toJson }}`, `|{}|{"1":"a"}`},
		{`{{ toYaml (fromJson "{\"a\":12345678901}") }}`, "a: 12345678901"},
	})
}

func TestPEM(t *testing.T) {
	block := "-----BEGIN X-----\nAA==\n-----END X-----\n"
	checkRows(t, []row{
		{"{{ filterPEM \"x\" `junk\n" + block + "` }}", block},
		{"{{ filterPEM \"y\" `" + block + "\n` }}", "error: error calling filterPEM: error filtering pem: found junk"},
		{"{{ filterPEM \"x\" `" + block + "junk" + block + block + "` }}", block + block},
		{"{{ filterPEM \"x\" `-----BEGIN X-----\nB: 2\nProc-Type: 4\nA: 1\n\nAA==\n-----END X-----` }}", "-----BEGIN X-----\nProc-Type: 4\nA: 1\nB: 2\n\nAA==\n-----END X-----\n"},
		{"{{ filterPEM \"x\" \"-----BEGIN X----- AA== -----END X-----\" }}", "error: error calling filterPEM: error filtering pem: found junk"},
		{`{{ filterPEM "x" "" }}`, ""},
		{`{{ filterCertChain "leaf" (genPrivateKey "ecdsa") }}`, "error: error calling filterCertChain: x509: malformed tbs certificate"},
		{`{{ filterCertChain "leaf" "junk" }}`, "error: error calling filterCertChain: no leaf certificate found"},
		{`{{ fullPemToPkcs12 "x" "y" }}`, "error: error calling fullPemToPkcs12: " + nilText},
		{`{{ pemTruststoreToPKCS12 "x" }}`, "error: error calling pemTruststoreToPKCS12: " + nilText},
		{`{{ pemTruststoreToPKCS12 "" | b64dec | len | lt 10 }}`, "true"},
		{`{{ $c := genSelfSignedCert "x" nil nil 1 }}{{ pemToPkcs12 $c.Cert $c.Cert }}`, "error: error calling pemToPkcs12: unable to parse private key type"},
		{`{{ $c := genSelfSignedCert "x" nil nil 1 }}{{ fullPemToPkcs12 (print $c.Cert "\n") $c.Key }}`, "error: error calling fullPemToPkcs12: " + nilText},
	})
}
