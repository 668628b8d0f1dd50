package functions

import "text/template"

// NamedIn gives the functions whose names stand anywhere in a text: no others can be called by it. Handing all of them
// to text/template takes it ten times as long as a small template does.
func NamedIn(text string) template.FuncMap {
	named := template.FuncMap{}
	for start := 0; start < len(text); start++ {
		if !isWordByte(text[start]) {
			continue
		}
		end := start + 1
		for end < len(text) && isWordByte(text[end]) {
			end++
		}
		word := text[start:end]
		if function, known := All[word]; known {
			named[word] = function
		}
		start = end
	}
	return named
}

func isWordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
