package render

import (
	"encoding/json"
	"maps"
	"os"
	"testing"
)

type vectors struct {
	Data  map[string]string
	Key   string
	Cases []struct {
		Scope    Scope
		Template string
		Output   any
		Error    string
	}
}

func TestEveryTemplateGivesWhatTheReferenceGives(t *testing.T) {
	text, err := os.ReadFile("../../../test/vectors/templates.json")
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 375 {
		t.Fatalf("only %d cases", len(all.Cases))
	}
	for _, one := range all.Cases {
		t.Run(one.Template, func(t *testing.T) {
			pairs, err := Render(strict, all.Data, Template{Scope: one.Scope, Name: all.Key, Text: one.Template})
			if one.Error != "" {
				if err == nil || err.Error() != one.Error {
					t.Fatalf("error %v\nwant  %s", err, one.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := toMap(pairs); !maps.Equal(got, wanted(all.Key, one.Output)) {
				t.Fatalf("got  %q\nwant %q", got, one.Output)
			}
		})
	}
}

var strict = Options{MissingKey: "error"}

func wanted(key string, output any) map[string]string {
	if text, ok := output.(string); ok {
		return map[string]string{key: text}
	}
	pairs := map[string]string{}
	for name, value := range output.(map[string]any) {
		pairs[name] = value.(string)
	}
	return pairs
}

func toMap(pairs []Pair) map[string]string {
	all := map[string]string{}
	for _, pair := range pairs {
		all[pair.Key] = pair.Value
	}
	return all
}
