package operations

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"secretcast/engine/internal/frames"
)

func ask(t *testing.T, operation Operation, request ...string) []string {
	t.Helper()
	text, err := frames.Join(bytesOf(request))
	if err != nil {
		t.Fatal(err)
	}
	response, err := frames.Split(Answer(operation, text))
	if err != nil {
		t.Fatal(err)
	}
	return textsOf(response)
}

func bytesOf(all []string) [][]byte {
	converted := make([][]byte, len(all))
	for i, one := range all {
		converted[i] = []byte(one)
	}
	return converted
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestEachTemplateGivesItsPairsInOrder(t *testing.T) {
	expect(t, ask(t, Render, "", "", "error", "2", "a", "1", "b", "\xff\x00",
		"Values", "x", "{{ .a }}",
		"KeysAndValues", "all", "z: {{ .a }}\ny: yes",
		"KeysAndValues", "none", "# nothing",
		"Values", "binary", "{{ .b }}",
	), "ok", "1", "x", "1", "2", "true", "true", "z", "1", "0", "1", "binary", "\xff\x00")
}

func TestNoTemplatesGiveNothing(t *testing.T) {
	expect(t, ask(t, Render, "", "", "error", "0"), "ok")
}

func TestTheFirstTemplateThatFailsIsTheAnswer(t *testing.T) {
	expect(t, ask(t, Render, "", "", "error", "1", "secret", "hunter2",
		"Values", "x", "{{ .secret }}",
		"Values", "y", "{{ fail .secret }}",
		"Values", "z", "{{ .nope }}",
	), "error",
		`unable to execute template at key y: template: y:1:3: executing "y" at <fail .secret>: error calling fail: hunter2`,
		`unable to execute template at key y: template: y:1:3: error calling fail`)
}

func TestATextWithoutAKeyIsItsOwnNameInTheRawErrorOnly(t *testing.T) {
	expect(t, ask(t, Render, "", "", "error", "0", "KeysAndValues", "literal", "{{ .nope }}"), "error",
		`unable to execute template at key {{ .nope }}: template: {{ .nope }}:1:3: executing "{{ .nope }}" at <.nope>: map has no entry for key "nope"`,
		`unable to execute template at key literal: template: literal:1:3: map has no entry for key "nope"`)
}

func TestDelimitersAndMissingKeysAreTheCallers(t *testing.T) {
	expect(t, ask(t, Render, "<<", ">>", "default", "1", "a", "1", "Values", "x", "<< .a >> {{ .a }} \n<<- .nope >>"),
		"ok", "1", "x", "1 {{ .a }}<no value>")
}

func TestAPathFindsAValueOrNothing(t *testing.T) {
	expect(t, ask(t, Get, `{"a":{"b":""}}`, `a\.b`, "a.b"), "ok", "1", "")
	expect(t, ask(t, Get, `{"a":1}`, "b", "c"), "ok", "0")
	expect(t, ask(t, Get, `{"a":1}`), "ok", "0")
}

func TestADocumentIsChanged(t *testing.T) {
	expect(t, ask(t, Set, `{"a":1}`, "b", "2"), "ok", `{"a":1,"b":"2"}`)
	expect(t, ask(t, Delete, `{"a":1,"b":2}`, "a"), "ok", `{"b":2}`)
}

func TestNamesAreReplacedMatchedAndTransformed(t *testing.T) {
	expect(t, ask(t, Replace, "a(.)", "$1_$1", "ab", "xx"), "ok", "b", "xx")
	expect(t, ask(t, Replace, "a(.)", "${1}_$1", "abab", "xx"), "ok", "b_bb_b", "xx")
	expect(t, ask(t, Replace, "(.*)", "<$1>", "ab"), "ok", "<ab>")
	expect(t, ask(t, Match, "^a", "ab", "ba"), "ok", "1", "0")
	expect(t, ask(t, Transform, "{{ .value | upper }}{{ .nope }}", "a", "b"), "ok", "A<no value>", "B<no value>")
	expect(t, ask(t, Match, "^a"), "ok")
}

func TestMistakesInNamesAreToldInTwoTexts(t *testing.T) {
	expect(t, ask(t, Replace, "(hunter2", "", "a"), "error",
		"regexp failed with failed to compile: error parsing regexp: missing closing ): `(hunter2`",
		"regexp failed with failed to compile: error parsing regexp: missing closing )")
	expect(t, ask(t, Match, "(hunter2", "a"), "error",
		"error parsing regexp: missing closing ): `(hunter2`", "error parsing regexp: missing closing )")
	expect(t, ask(t, Transform, "{{ fail .value }}", "hunter2"), "error",
		`transform failed with failed to execute template for key "hunter2": template: transform:1:3: executing "transform" at <fail .value>: error calling fail: hunter2`,
		"transform failed with failed to execute template: template: transform:1:3: error calling fail")
	expect(t, ask(t, Transform, "{{ nope }}", "a"), "error",
		`transform failed with failed to parse template: template: transform:1: function "nope" not defined`,
		`transform failed with failed to parse template: template: transform:1: function "nope" not defined`)
}

func TestYAMLBecomesJSON(t *testing.T) {
	expect(t, ask(t, YAMLToJSON, "b: yes\na: [1, 0755, 1:30]\n---\nc: 1"), "ok", `{"a":[1,493,"1:30"],"b":true}`)
	expect(t, ask(t, YAMLToJSON, "a: *hunter2"), "error", "yaml: unknown anchor 'hunter2' referenced", "yaml: unknown anchor")
}

func TestARequestOfTheWrongShapeIsRefused(t *testing.T) {
	for name, got := range map[string][]string{
		"nothing":       ask(t, Render),
		"count":         ask(t, Render, "", "", "error", "x"),
		"large count":   ask(t, Render, "", "", "error", "9", "a", "1"),
		"half template": ask(t, Render, "", "", "error", "0", "Values", "x"),
		"scope":         ask(t, Render, "", "", "error", "0", "Other", "x", "y"),
		"option":        ask(t, Render, "", "", "zero", "0"),
		"document":      ask(t, Set, "{}"),
		"path":          ask(t, Delete, "{}"),
		"no document":   ask(t, Get),
		"no expression": ask(t, Match),
		"no target":     ask(t, Replace, "a"),
		"no template":   ask(t, Transform),
		"no text":       ask(t, YAMLToJSON),
	} {
		if !slices.Equal(got, []string{"error", "malformed request", "malformed request"}) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if response := Answer(Get, []byte("\x09")); !bytes.Contains(response, []byte("truncated frame")) {
		t.Errorf("%q", response)
	}
}

func TestAPanicIsAnErrorAndShowsNothing(t *testing.T) {
	got := ask(t, func([][]byte) ([][]byte, error) { panic("hunter2") })
	expect(t, got, "error", "hunter2", "evaluation failed")
}

func TestADeepRecursionEndsInGosOwnError(t *testing.T) {
	got := ask(t, Render, "", "", "error", "0", "Values", "k", `{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}`)
	if !strings.HasSuffix(got[1], "exceeded maximum template depth (100000)") || !strings.HasSuffix(got[2], ": exceeded maximum template depth") {
		t.Errorf("%q", got)
	}
}

func TestWhatIsEndlessInOtherLanguagesEnds(t *testing.T) {
	data := strings.Repeat("a", 20000)
	for template, want := range map[string]string{
		`{{ regexMatch "^(a*)*(a|a)*(a|aa)+$" .a }}{{ regexMatch "(a*)*(a|a)*(a|aa)+b" .a }}`: "truefalse",
		`{{ regexReplaceAll "(a|b|ab)*?c" .a "" | len }}`:                                     "20000",
		`{{ printf "%1000000000d" 1 | len }}`:                                                 "25",
		`{{ printf "%*d" 1000000000 1 }}`:                                                     "%!(BADWIDTH)1",
		`{{ "` + strings.Repeat("x", 1<<20) + `" | len }}`:                                    "1048576",
		`{{ range 100000 }}{{ break }}{{ end }}{{ round 1.5 1000000000 }}`:                    "NaN",
	} {
		got := ask(t, Render, "", "", "error", "1", "a", data, "Values", "k", template)
		expect(t, got, "ok", "1", "k", want)
	}
	expect(t, ask(t, Match, "(x+x+)+y", strings.Repeat("x", 20000)), "ok", "0")
}
