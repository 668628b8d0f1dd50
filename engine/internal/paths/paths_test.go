package paths

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

type found struct {
	Exists bool
	Value  string
}

type vectors struct {
	Documents []string
	Cases     []struct {
		Document int
		Path     string
		found
		GJSON found
	}
}

func TestEveryPathFindsWhatTheReferenceFinds(t *testing.T) {
	text, err := os.ReadFile("../../../test/vectors/gjson.json")
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 174 {
		t.Fatalf("only %d cases", len(all.Cases))
	}
	for _, one := range all.Cases {
		t.Run(one.Path, func(t *testing.T) {
			document := []byte(all.Documents[one.Document])
			expect(t, document, one.GJSON, one.Path)
			expect(t, document, one.found, strings.ReplaceAll(one.Path, ".", `\.`), one.Path)
		})
	}
}

func expect(t *testing.T, document []byte, want found, paths ...string) {
	t.Helper()
	value, exists := Get(document, paths)
	if exists != want.Exists || value != want.Value {
		t.Errorf("%q: got %v %q, want %v %q", paths, exists, value, want.Exists, want.Value)
	}
}

func TestASetValueIsAStringAndTheRestKeepsItsBytes(t *testing.T) {
	for _, one := range []struct{ document, path, want string }{
		{"", "p", `{"p":"v"}`},
		{"", "a.b", `{"a":{"b":"v"}}`},
		{"", `a\.b`, `{"a.b":"v"}`},
		{`{"tls.crt":"old"}`, "tls.crt", `{"tls.crt":"old","tls":{"crt":"v"}}`},
		{"", "a.0", `{"a":["v"]}`},
		{"", "0", `["v"]`},
		{"", "a.:0", `{"a":{"0":"v"}}`},
		{`{"a":[1,2]}`, "a.1", `{"a":[1,"v"]}`},
		{`{"a":[1,2]}`, "a.5", `{"a":[1,2,null,null,null,"v"]}`},
		{`{"a":[1,2]}`, "a.-1", `{"a":[1,2,"v"]}`},
		{`{"a":1}`, "a.b", `{"a":{"b":"v"}}`},
		{`{"a":{"b":1}}`, "a", `{"a":"v"}`},
		{`"str"`, "a", `{"a":"v"}`},
		{`123`, "a", `{"a":"v"}`},
		{`null`, "a", `{"a":"v"}`},
		{`[]`, "a", `[]`},
		{`[1]`, "a", `[1]`},
		{`{"x":[1]}`, "x.a", `{"x":[1]}`},
		{`{"abc":1}`, "a*", `{"abc":"v"}`},
		{`{"abc":1}`, "z*", `{"abc":1}`},
		{`{"abc":1}`, "z?", `{"abc":1}`},
		{`{"abc":1}`, "a|b", `{"abc":1}`},
		{`{"abc":1}`, "a.#", `{"abc":1}`},
		{`{"abc":1}`, "@this", `{"abc":1}`},
		{"", "a*", ""},
		{"", "@this", ""},
		{"", "a|b", ""},
		{"", "", ""},
		{`{ "a" : 1 , "z":2 }`, "b", `{ "a" : 1 , "z":2 ,"b":"v"}`},
		{"{ \"a\" : 1 }\n", "a", "{ \"a\" : \"v\" }\n"},
		{"{ \"a\" : 1 }\n", "b", `{ "a" : 1 ,"b":"v"}`},
	} {
		if got := string(Set([]byte(one.document), one.path, "v")); got != one.want {
			t.Errorf("%s in %s: got %s, want %s", one.path, one.document, got, one.want)
		}
	}
}

func TestASetValueIsEscapedOnlyWhenItHasTo(t *testing.T) {
	for value, want := range map[string]string{
		"plain <&>":    `{"p":"plain <&>"}`,
		"quote\" <&>":  `{"p":"quote\" \u003c\u0026\u003e"}`,
		"line\n<":      `{"p":"line\n\u003c"}`,
		`back\slash <`: `{"p":"back\\slash \u003c"}`,
		"é <":          `{"p":"é \u003c"}`,
		"true":         `{"p":"true"}`,
		"":             `{"p":""}`,
	} {
		if got := string(Set(nil, "p", value)); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestADeletedPathIsGoneAndTheRestKeepsItsBytes(t *testing.T) {
	for _, one := range []struct{ document, path, want string }{
		{`{"a":1,"b":2}`, "a", `{"b":2}`},
		{`{"a":1,"b":2}`, "b", `{"a":1}`},
		{`{ "a" : { "x" : 1 } }`, "a.x", `{ "a" : { } }`},
		{`{"a":1}`, "nope", `{"a":1}`},
		{`{"a":[1,2,3]}`, "a.1", `{"a":[1,3]}`},
		{`{"a.b":1}`, `a\.b`, `{}`},
		{"", "a", ""},
		{"no json", "a", "no json"},
	} {
		if got := string(Delete([]byte(one.document), one.path)); got != one.want {
			t.Errorf("%s of %s: got %s, want %s", one.path, one.document, got, one.want)
		}
	}
}
