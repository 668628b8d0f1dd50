package render

import (
	"fmt"

	"secretcast/engine/internal/failure"
)

const (
	cannotParse   = "transform failed with failed to parse template"
	cannotExecute = "transform failed with failed to execute template"
)

// Transform renders a name out of each name, which the template sees as `.value`. It has Go's own delimiters, and a
// missing key is no error. Its raw error is the whole of what the reference says of a rewrite: `transform failed with …`.
func Transform(text string, names []string) ([]string, error) {
	one := compilation{options: Options{MissingKey: "default"}, name: "transform", goName: "transform", text: text}
	parsed, err := one.parse(one.goName)
	if err != nil {
		return nil, failure.New(fmt.Sprintf("%s: %s", cannotParse, err), cannotParse+": "+one.publicParsing())
	}
	transformed := make([]string, len(names))
	for i, name := range names {
		result, err := execute(parsed, map[string]string{"value": name})
		if err != nil {
			return nil, failure.New(
				fmt.Sprintf("%s for key %q: %s", cannotExecute, name, rawText(err)),
				cannotExecute+": "+one.publicExecution(err),
			)
		}
		transformed[i] = string(result)
	}
	return transformed, nil
}
