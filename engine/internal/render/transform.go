package render

import (
	"bytes"
	"fmt"
	"text/template"

	"secretcast/engine/internal/failure"
	"secretcast/engine/internal/functions"
)

// Transform renders a name out of each name, which the template sees as `.value`. It has Go's own delimiters, and a
// missing key is no error.
func Transform(text string, names []string) ([]string, error) {
	parsed, err := template.New("transform").Funcs(functions.All).Parse(text)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("transform failed with failed to parse template: %s", err),
			"transform failed with failed to parse template",
		)
	}
	transformed := make([]string, len(names))
	for i, name := range names {
		var result bytes.Buffer
		if err := parsed.Execute(&result, map[string]string{"value": name}); err != nil {
			return nil, failure.New(
				fmt.Sprintf("transform failed with failed to execute template for key %q: %s", name, err),
				"transform failed with failed to execute template",
			)
		}
		transformed[i] = result.String()
	}
	return transformed, nil
}
