// Package render turns the templates of one object into values.
package render

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"text/template"

	"secretcast/engine/internal/failure"
	"secretcast/engine/internal/functions"
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

// Render gives the pairs of one template, sorted by key.
func Render(options Options, data map[string]string, one Template) ([]Pair, error) {
	text, err := execute(options, data, one)
	if err != nil {
		return nil, err
	}
	if one.Scope == Values {
		return []Pair{{Key: one.Name, Value: string(text)}}, nil
	}
	pairs, err := yaml.ToStrings(text)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("could not unmarshal template to 'map[string][]byte': %s", err),
			"could not unmarshal template "+one.Name,
		)
	}
	sorted := make([]Pair, 0, len(pairs))
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		sorted = append(sorted, Pair{Key: key, Value: pairs[key]})
	}
	return sorted, nil
}

func execute(options Options, data map[string]string, one Template) ([]byte, error) {
	name := goName(one)
	parsed, err := template.New(name).
		Option("missingkey="+options.MissingKey).
		Funcs(functions.All).
		Delims(options.LeftDelimiter, options.RightDelimiter).
		Parse(one.Text)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("unable to parse template at key %s: %s", name, err),
			"unable to parse template at key "+one.Name,
		)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, data); err != nil {
		return nil, failure.New(
			fmt.Sprintf("unable to execute template at key %s: %s", name, err),
			"unable to execute template at key "+one.Name,
		)
	}
	return text.Bytes(), nil
}

// goName is the name the reference gives to Go: a text without a key of its own is its own name, and that shows in
// its errors and is known to its `template` actions.
func goName(one Template) string {
	if one.Scope == KeysAndValues {
		return one.Text
	}
	return one.Name
}
