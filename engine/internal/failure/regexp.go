package failure

import (
	"errors"
	"regexp/syntax"
)

// Regexp tells the kind of a mistake in an expression, without the fragment it was found in.
func Regexp(err error) string {
	if mistake, ok := errors.AsType[*syntax.Error](err); ok {
		return "error parsing regexp: " + mistake.Code.String()
	}
	return "error parsing regexp"
}
