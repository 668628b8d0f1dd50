// Package rewrite changes and picks names by regular expressions.
package rewrite

import (
	"fmt"
	"regexp"

	"secretcast/engine/internal/failure"
	"secretcast/engine/internal/public"
)

// Replace replaces every match of source inside each name. Its raw error is the whole of what the reference says of a
// rewrite: `regexp failed with failed to compile: …`.
func Replace(source, target string, names []string) ([]string, error) {
	expression, err := regexp.Compile(source)
	if err != nil {
		return nil, failure.New(
			fmt.Sprintf("regexp failed with failed to compile: %s", err),
			"regexp failed with failed to compile: "+public.Regexp(err),
		)
	}
	replaced := make([]string, len(names))
	for i, name := range names {
		replaced[i] = expression.ReplaceAllString(name, target)
	}
	return replaced, nil
}

// Match says of each name whether the expression matches it anywhere. Its raw error is Go's own: `error parsing regexp: …`.
func Match(source string, names []string) ([]bool, error) {
	expression, err := regexp.Compile(source)
	if err != nil {
		return nil, failure.New(err.Error(), public.Regexp(err))
	}
	matches := make([]bool, len(names))
	for i, name := range names {
		matches[i] = expression.MatchString(name)
	}
	return matches, nil
}
