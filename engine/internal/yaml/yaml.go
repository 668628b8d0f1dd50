// Package yaml reads and writes YAML as the API server's own tools do: YAML 1.1, by way of JSON.
package yaml

import (
	"strings"

	"sigs.k8s.io/yaml"
)

// ToJSON gives the first document of a text as JSON.
func ToJSON(text []byte) ([]byte, error) { return yaml.YAMLToJSON(text) }

// ToStrings reads a map whose values are turned into strings from whatever type YAML takes them for.
func ToStrings(text []byte) (map[string]string, error) {
	pairs := map[string]string{}
	err := yaml.Unmarshal(text, &pairs)
	return pairs, err
}

// FromValue is the template function toYaml: a value that cannot be written gives an empty text.
func FromValue(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// ToMap is the template function fromYaml: a text that cannot be read gives a map that holds the error.
func ToMap(text string) map[string]any {
	pairs := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &pairs); err != nil {
		pairs["Error"] = err.Error()
	}
	return pairs
}
