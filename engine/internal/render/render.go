// Package render turns the templates of one object into values.
package render

import (
	"fmt"
	"maps"
	"slices"

	"secretcast/engine/internal/failure"
	"secretcast/engine/internal/public"
	"secretcast/engine/internal/yaml"
)

// Scope says what a rendered text is.
type Scope string

const (
	// Values makes the whole text the value of one key.
	Values Scope = "Values"
	// KeysAndValues makes the text YAML that holds keys and their values.
	KeysAndValues Scope = "KeysAndValues"
)

// Template is a text to render. Name is the key of the value, or tells which text it is.
type Template struct {
	Scope Scope
	Name  string
	Text  string
}

// Options hold for all templates of a call. Empty delimiters are Go's own.
type Options struct {
	LeftDelimiter, RightDelimiter string
	// MissingKey is text/template's option: "error" or "default".
	MissingKey string
}

// Pair is one rendered value.
type Pair struct {
	Key   string
	Value string
}

// Render gives the pairs of one template, sorted by key. Its raw error is what the reference says of one template:
// `unable to parse template at key …`, `unable to execute template at key …`, `could not unmarshal template to …`.
func Render(options Options, data map[string]string, template Template) ([]Pair, error) {
	text, err := renderText(options, data, template)
	if err != nil {
		return nil, err
	}
	if template.Scope == Values {
		return []Pair{{Key: template.Name, Value: string(text)}}, nil
	}
	pairs, err := yaml.ToStrings(text)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("could not unmarshal template to 'map[string][]byte': %s", err),
			fmt.Sprintf("could not unmarshal template at key %s: %s", template.Name, public.YAML(err)),
		)
	}
	sorted := make([]Pair, 0, len(pairs))
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		sorted = append(sorted, Pair{Key: key, Value: pairs[key]})
	}
	return sorted, nil
}

func renderText(options Options, data map[string]string, template Template) ([]byte, error) {
	one := compilation{options: options, name: template.Name, goName: template.goName(), text: template.Text}
	parsed, err := one.parse(one.goName)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("unable to parse template at key %s: %s", one.goName, err),
			fmt.Sprintf("unable to parse template at key %s: %s", one.name, one.publicParsing()),
		)
	}
	text, err := execute(parsed, data)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("unable to execute template at key %s: %s", one.goName, rawText(err)),
			fmt.Sprintf("unable to execute template at key %s: %s", one.name, one.publicExecution(err)),
		)
	}
	return text, nil
}

// goName is the name the reference gives to Go: a text without a key of its own is its own name, and that shows in
// its errors and is known to its `template` actions.
func (t Template) goName() string {
	if t.Scope == KeysAndValues {
		return t.Text
	}
	return t.Name
}
