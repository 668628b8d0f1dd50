package public

import (
	"encoding/json"
	"errors"
	"regexp/syntax"
)

// functionMessage says what a function complained about, as far as that is a constant of its own.
func functionMessage(function string, cause error) string {
	if function == "fail" {
		return "" // its text is whatever the template made of its values
	}
	if _, ok := errors.AsType[*syntax.Error](cause); ok {
		return Regexp(cause)
	}
	if _, ok := errors.AsType[*json.SyntaxError](cause); ok {
		return "invalid JSON"
	}
	return say(functionPatterns, head(cause.Error()), func(string) bool { return false })
}

// functionPatterns that are recognised by their beginning say no more than it: what follows is an operand.
var functionPatterns = []pattern{
	// text/template's own functions
	ending(start, `incompatible types for comparison: TYPE and TYPE`, `incompatible types for comparison: $1 and $2`),
	beginning(`non-comparable types? `, `non-comparable type`),
	ending(start, `(invalid type for comparison|missing argument for comparison)`, `$1`),
	ending(start, `index out of range: -?[0-9]+`, `index out of range`),
	ending(start, `cannot index slice/array with (nil|type )(?:TYPE)?`, `cannot index slice/array with $1$2`),
	ending(start, `value has type TYPE; should be TYPE`, `value has type $1; should be $2`),
	ending(start, `value is nil; should be of type TYPE`, `value is nil; should be of type $1`),
	ending(start, `(can't index item|len) of type TYPE`, `$1 of type $2`),
	ending(start, `(index of untyped nil|index of nil pointer|len of nil pointer|call of nil)`, `$1`),
	beginning(`non-function `, `non-function`),

	// the runtime
	beginning(`(runtime error: (?:integer divide by zero|index out of range|slice bounds out of range|invalid memory address or nil pointer dereference|makeslice: (?:len|cap) out of range))`, `$1`),
	ending(start, `interface conversion: (?:interface \{\}|any) is TYPE, not TYPE`, `interface conversion: interface {} is $1, not $2`),
	ending(start, `interface conversion: (?:interface \{\}|any) is nil, not TYPE`, `interface conversion: interface {} is nil, not $1`),
	beginning(`(reflect: (?:slice index out of range|call of reflect\.Value\.Type on zero Value)|reflect\.Value\.Slice: slice index out of bounds)`, `$1`),
	ending(start, `(strings: negative Repeat count|strings: Repeat output length overflow|invalid argument to Intn)`, `$1`),

	// lists, dictionaries, numbers, texts
	ending(start, `(Cannot (?:find (?:first|last|rest|initial|reverse|uniq|without|has) on|push on|prepend on|compact on|chunk|concat)) type KIND( as list)?`, `$1 type $2$3`),
	ending(start, `list should be type of slice or array but KIND`, `list should be type of slice or array but $1`),
	ending(start, `(dig needs at least three arguments|decimal division by 0|invalid semantic version|unexpected end of JSON input)`, `$1`),
	beginning(`(improper constraint|json: unsupported (?:value|type)|time: (?:invalid duration|missing unit in duration|unknown unit)|parsing time|unable to parse url|unable to parse userinfo|error parsing ip|error processing alternate dns name)(?:\b|: )`, `$1`),
	ending(start, `unable to parse (scheme|host|path|query|opaque|fragment|userinfo) key, must be of type string, but KIND found`, `unable to parse $1 key, must be of type string, but $2 found`),
	beginning("regexp: Compile\\(", regexpMistake),

	// certificates and keys
	beginning(`(parsing private key: no PEM data in input|unable to decode base64 (?:certificate|private key)|unable to decode (?:certificate|private key)|error parsing (?:certificate|private key))`, `$1`),
	ending(start, `(error filtering pem: found junk|found multiple leaf or disjunct certificates|no leaf certificate found|constructing chain resulted in cycle|failed to decode PEM block)`, `$1`),
	ending(start, `((?:failed to parse certificate: )?x509: malformed (?:tbs )?certificate)`, `$1`),
	beginning(`(failed to parse certificate)`, `$1`),
	beginning(`(unable to decode pkcs12 (?:certificate )?with password: pkcs12: (?:decryption password incorrect|certificate missing|private key missing|expected exactly one key bag|error reading P12 data|expected between 1 and 2 items in the authenticated safe))`, `$1`),
	beginning(`(unable to decode pkcs12 (?:certificate )?with password)`, `$1`),
	ending(start, `((?:could not parse private key: )?unable to parse private key type|could not parse RSA private key)`, `$1`),
	beginning(`(error decrypting data with RSA)`, `$1`),
	ending(start, `decryption scheme (?s:.*) is not supported`, `decryption scheme is not supported`),
	ending(start, `x509: unsupported public key type: TYPE`, `x509: unsupported public key type: $1`),
	ending(start, `x509: unknown key type while marshaling PKCS#8: TYPE`, `x509: unknown key type while marshaling PKCS#8: $1`),
	beginning(`invalid key type from JSON`, `invalid key type from JSON`),
	beginning(`(failed to unmarshal JSON into key hint)`, `$1`),
	beginning(`(failed to unmarshal JSON into key \(\*jwk\.[a-zA-Z]{1,24}\): required field [a-z]{1,3} is missing)`, `$1`),
	beginning(`(failed to unmarshal JSON into key|failed to build public key|failed to build private key)`, `$1`),
	beginning(`(crypto/aes: invalid key size|illegal base64 data)`, `$1`),
}
