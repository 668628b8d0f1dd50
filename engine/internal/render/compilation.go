package render

import (
	"bytes"
	"strings"
	"text/template"

	"secretcast/engine/internal/functions"
	"secretcast/engine/internal/public"
)

// compilation is a text with all that Go needs to know to run it, and the name its public errors show.
type compilation struct {
	options Options
	name    string
	goName  string
	text    string
}

func (c compilation) parse(goName string) (*template.Template, error) {
	return template.New(goName).
		Option("missingkey="+c.options.MissingKey).
		Funcs(functions.NamedIn(c.text)).
		Delims(c.options.LeftDelimiter, c.options.RightDelimiter).
		Parse(c.text)
}

func (c compilation) publicParsing() string {
	return public.Parsing(c.name, func(goName string) error {
		_, err := c.parse(goName)
		return err
	})
}

func (c compilation) publicExecution(err error) string {
	source := public.Source{Name: c.name, GoName: c.goName, Text: c.text}
	return public.Execution(source, err, functions.All)
}

func execute(parsed *template.Template, data map[string]string) ([]byte, error) {
	var text bytes.Buffer
	err := parsed.Execute(&text, data)
	return text.Bytes(), err
}

// rawText is an error of Go's in the reference's wording: here templates may call each other less deeply, for the
// stack of a WebAssembly module is small, but the text is to be the same.
func rawText(err error) string {
	if start, found := strings.CutSuffix(err.Error(), "exceeded maximum template depth (1000)"); found {
		return start + "exceeded maximum template depth (100000)"
	}
	return err.Error()
}
