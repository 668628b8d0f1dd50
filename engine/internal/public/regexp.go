// Package public words errors for events and logs, where no secret may show. A template and an expression may come from
// a Secret, and Go's own texts quote operands and values. So nothing is taken out of those texts: each text here is put
// together from places (lines and columns), names of functions, fields and types, and messages known to be constant.
// What is not known is left unsaid.
package public

import (
	"errors"
	"regexp/syntax"
)

const regexpMistake = "error parsing regexp"

// Regexp tells the kind of a mistake in an expression, without the fragment it was found in.
func Regexp(err error) string {
	if mistake, ok := errors.AsType[*syntax.Error](err); ok {
		return regexpMistake + ": " + mistake.Code.String()
	}
	return regexpMistake
}
