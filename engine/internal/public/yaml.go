package public

import (
	"regexp"
	"strings"
)

// YAML words what is wrong with a YAML text: the line, and a message that is a constant of the parser.
func YAML(err error) string {
	if said := say(yamlPatterns, head(err.Error()), nil); said != "" {
		return said
	}
	return "invalid YAML"
}

const converting = `(error converting YAML to JSON: )?`

var yamlPatterns = []pattern{
	ending(start, converting+`yaml: (line [0-9]{1,9}: )?(`+strings.Join(yamlMistakes, "|")+`)`, `$1yaml: $2$3`),
	beginning(converting+`yaml: unknown anchor `, `$1yaml: unknown anchor`),
	beginning(converting+`yaml: anchor `, `$1yaml: anchor value contains itself`),
	beginning(converting+`unsupported map key of type: `, `$1unsupported map key`),
	beginning(converting+`yaml: `, `$1yaml: invalid`),
	ending(start, `(error unmarshaling JSON: while decoding JSON: )json: cannot unmarshal (object|array|string|number|bool) into Go value of type (string|map\[string\]string|map\[string\]interface \{\})`,
		`$1json: cannot unmarshal $2 into Go value of type $3`),
	beginning(`(error unmarshaling JSON)`, `$1`),
}

var yamlMistakes = quoted(
	"block collection start", "block sequence entries are not allowed in this context", "control characters are not allowed",
	"could not find expected ':'", "could not find expected directive name", "did not find URI escaped octet",
	"did not find expected '!'", "did not find expected ',' or ']'", "did not find expected ',' or '}'",
	"did not find expected '-' indicator", "did not find expected <document start>", "did not find expected <stream-start>",
	"did not find expected alphabetic or numeric character", "did not find expected comment or line break",
	"did not find expected digit or '.' character", "did not find expected hexdecimal number", "did not find expected key",
	"did not find expected node content", "did not find expected tag URI", "did not find expected version number",
	"did not find expected whitespace or line break", "did not find expected whitespace", "did not find the expected '>'",
	"document contains excessive aliasing", "found a tab character that violates indentation",
	"found a tab character where an indentation space is expected", "found an incorrect leading UTF-8 octet",
	"found an incorrect trailing UTF-8 octet", "found an indentation indicator equal to 0",
	"found character that cannot start any token", "found duplicate %TAG directive", "found duplicate %YAML directive",
	"found extremely long version number", "found incompatible YAML document", "found invalid Unicode character escape code",
	"found undefined tag handle", "found unexpected document indicator", "found unexpected end of stream",
	"found unexpected non-alphabetical character", "found unknown directive name", "found unknown escape character",
	"incomplete UTF-16 character", "incomplete UTF-16 surrogate pair", "incomplete UTF-8 octet sequence",
	"invalid Unicode character", "invalid leading UTF-8 octet", "invalid length of a UTF-8 sequence",
	"invalid trailing UTF-8 octet", "expected low surrogate area", "unexpected low surrogate area",
	"map merge requires map or sequence of maps as the value", "mapping keys are not allowed in this context",
	"mapping values are not allowed in this context", "unknown problem parsing YAML content",
)

func quoted(texts ...string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = regexp.QuoteMeta(text)
	}
	return all
}
