// Package paths reads and writes values inside a JSON document, by gjson's and sjson's paths.
package paths

import (
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// Get gives what the first of the paths finds that finds anything. An object or array comes as its own text.
func Get(document []byte, paths []string) (value string, found bool) {
	for _, path := range paths {
		if result := gjson.GetBytes(document, path); result.Exists() {
			return result.String(), true
		}
	}
	return "", false
}

// Set puts a string at a path; the rest of the document keeps its bytes. Where a path cannot be set (a name inside an
// array, a pattern that matches nothing) the document stays as it is, and that is no error: so the reference has it.
func Set(document []byte, path, value string) []byte {
	changed, err := sjson.SetBytes(document, path, value)
	if err != nil {
		return document
	}
	return changed
}

// Delete removes what is at a path. If there is nothing, the document stays as it is.
func Delete(document []byte, path string) []byte {
	changed, err := sjson.DeleteBytes(document, path)
	if err != nil {
		return document
	}
	return changed
}
