package functions

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

const names = `
abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base bcrypt
biggest buildCustomCert camelcase cat ceil certSANs chunk clean coalesce compact concat contains date dateInZone
dateModify date_in_zone date_modify decryptAES deepCopy deepEqual default derivePassword dict dig dir div divf
duration durationRound empty encryptAES ext fail filterCertChain filterPEM first float64 floor fromJson fromYaml
fullPemToPkcs12 fullPemToPkcs12Pass genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey
genSignedCert genSignedCertWithKey get has hasKey hasPrefix hasSuffix hello hexdec htmlDate htmlDateInZone htpasswd
indent initial initials int int64 isAbs join jwkPrivateKeyPem jwkPublicKeyPem kebabcase keys kindIs kindOf last list
lower max maxf merge mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact mustDateModify mustDeepCopy
mustFirst mustFromJson mustHas mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind
mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse
mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq mustWithout must_date_modify nindent nospace
now omit osBase osClean osDir osExt osIsAbs pemToPkcs12 pemToPkcs12Pass pemTruststoreToPKCS12
pemTruststoreToPKCS12Pass pick pkcs12cert pkcs12certPass pkcs12key pkcs12keyPass pluck plural prepend push quote
randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFind regexFindAll regexMatch regexQuoteMeta
regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace rest reverse round rsaDecrypt semver semverCompare
seq set sha1sum sha256sum sha512sum shuffle slice snakecase sortAlpha split splitList splitn squote sub subf substr
swapcase ternary title toDate toDecimal toJson toPrettyJson toRawJson toString toStrings toYaml trim trimAll
trimPrefix trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper
urlJoin urlParse uuidv4 values without wrap wrapWith
`

func TestTheNamesAreExactlyThoseOfTheReference(t *testing.T) {
	want := strings.Fields(names)
	got := slices.Sorted(maps.Keys(All))
	if len(want) != 227 {
		t.Errorf("%d names", len(want))
	}
	for _, name := range want {
		if All[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%s is one too many", name)
		}
	}
}

func TestATemplateIsGivenEveryFunctionItNames(t *testing.T) {
	all := NamedIn(strings.Join(slices.Sorted(maps.Keys(All)), "|"))
	if len(all) != len(All) {
		t.Errorf("%d of %d", len(all), len(All))
	}
	for text, want := range map[string][]string{
		"":                        {},
		"uppe":                    {},
		"upper":                   {"upper"},
		"{{upper|lower}}":         {"lower", "upper"},
		"é upper\xfflower uppers": {"lower", "upper"},
		"(b64enc .x)_0":           {"b64enc"},
	} {
		if got := slices.Sorted(maps.Keys(NamedIn(text))); !slices.Equal(got, want) {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
