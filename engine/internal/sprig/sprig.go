// Package sprig is the Sprig that the reference's templates see: the released library less what reaches outside the
// template, and with the few functions of a later state of the library that the release does not have yet.
//
// The package has the library's name because Go prints the names of types in error texts (sprig.HashAlgorithm).
package sprig

import (
	"maps"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// unreachable lists what a template must not have: the process environment and the network.
var unreachable = []string{"env", "expandenv", "getHostByName"}

// Functions returns a new map, so that a caller may add its own.
func Functions() template.FuncMap {
	functions := sprig.TxtFuncMap()
	for _, name := range unreachable {
		delete(functions, name)
	}
	maps.Copy(functions, integers(functions))
	mustChunk := functions["mustChunk"].(func(int, any) ([][]any, error))
	functions["chunk"] = chunks(mustChunk)
	functions["mustChunk"] = chunks(mustChunk)
	functions["hexdec"] = hexdec
	functions["htpasswd"] = htpasswd(functions["bcrypt"].(func(string) string))
	functions["keys"] = keys
	functions["values"] = values
	return functions
}
