// Package operations is the module's interface in terms of frames: what each exported call takes and gives.
package operations

import (
	"errors"
	"fmt"
	"strconv"

	"secretcast/engine/internal/failure"
	"secretcast/engine/internal/frames"
	"secretcast/engine/internal/paths"
	"secretcast/engine/internal/public"
	"secretcast/engine/internal/render"
	"secretcast/engine/internal/rewrite"
	"secretcast/engine/internal/yaml"
)

// Operation takes the frames of a request and gives those of its result.
type Operation func(request [][]byte) ([][]byte, error)

// Answer runs an operation. The first frame says how it went: `ok`, then the result; or `error`, then the two texts.
func Answer(operation Operation, request []byte) []byte {
	all, err := frames.Split(request)
	if err != nil {
		return refusal(failure.New(err.Error(), err.Error()))
	}
	result, err := guarded(operation, all)
	if err != nil {
		return refusal(err)
	}
	response, err := frames.Join(append([][]byte{[]byte("ok")}, result...))
	if err != nil {
		return refusal(err)
	}
	return response
}

// guarded turns a panic into an error: the instance stays good for the next request.
func guarded(operation Operation, request [][]byte) (result [][]byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = failure.New(fmt.Sprint(reason), "evaluation failed")
		}
	}()
	return operation(request)
}

func refusal(err error) []byte {
	told, ok := errors.AsType[*failure.Failure](err)
	if !ok {
		told = failure.New(err.Error(), "evaluation failed")
	}
	response, _ := frames.Join([][]byte{[]byte("error"), []byte(told.Raw), []byte(told.Public)})
	return response
}

var errRequest = failure.New("malformed request", "malformed request")

// Render takes both delimiters, the missing key option, the number of values, the values (key, value) and the
// templates (scope, name, text). For each template it gives the number of pairs and the pairs (key, value).
func Render(request [][]byte) ([][]byte, error) {
	if len(request) < 4 {
		return nil, errRequest
	}
	options := render.Options{
		LeftDelimiter:  string(request[0]),
		RightDelimiter: string(request[1]),
		MissingKey:     string(request[2]),
	}
	count, err := strconv.Atoi(string(request[3]))
	rest := request[4:]
	if err != nil || count < 0 || count > len(rest)/2 || (len(rest)-2*count)%3 != 0 {
		return nil, errRequest
	}
	if options.MissingKey != "error" && options.MissingKey != "default" {
		return nil, errRequest
	}
	data := make(map[string]string, count)
	for i := range count {
		data[string(rest[2*i])] = string(rest[2*i+1])
	}
	return renderAll(options, data, rest[2*count:])
}

func renderAll(options render.Options, data map[string]string, templates [][]byte) ([][]byte, error) {
	var result [][]byte
	for ; len(templates) > 0; templates = templates[3:] {
		scope := render.Scope(templates[0])
		if scope != render.Values && scope != render.KeysAndValues {
			return nil, errRequest
		}
		pairs, err := render.Render(options, data, render.Template{
			Scope: scope,
			Name:  string(templates[1]),
			Text:  string(templates[2]),
		})
		if err != nil {
			return nil, err
		}
		result = append(result, []byte(strconv.Itoa(len(pairs))))
		for _, pair := range pairs {
			result = append(result, []byte(pair.Key), []byte(pair.Value))
		}
	}
	return result, nil
}

// Transform takes a template and names, and gives names.
func Transform(request [][]byte) ([][]byte, error) {
	if len(request) < 1 {
		return nil, errRequest
	}
	return framesOf(render.Transform(string(request[0]), textsOf(request[1:])))
}

// Replace takes an expression, what to put in place of its matches, and names. It gives names.
func Replace(request [][]byte) ([][]byte, error) {
	if len(request) < 2 {
		return nil, errRequest
	}
	return framesOf(rewrite.Replace(string(request[0]), string(request[1]), textsOf(request[2:])))
}

// Match takes an expression and names, and gives `1` or `0` for each.
func Match(request [][]byte) ([][]byte, error) {
	if len(request) < 1 {
		return nil, errRequest
	}
	matches, err := rewrite.Match(string(request[0]), textsOf(request[1:]))
	result := make([][]byte, len(matches))
	for i, matched := range matches {
		result[i] = flag(matched)
	}
	return result, err
}

// Get takes a document and paths, and gives `1` and a value, or `0`.
func Get(request [][]byte) ([][]byte, error) {
	if len(request) < 1 {
		return nil, errRequest
	}
	value, found := paths.Get(request[0], textsOf(request[1:]))
	if !found {
		return [][]byte{flag(false)}, nil
	}
	return [][]byte{flag(true), []byte(value)}, nil
}

// Set takes a document, a path and a value, and gives a document.
func Set(request [][]byte) ([][]byte, error) {
	if len(request) != 3 {
		return nil, errRequest
	}
	return [][]byte{paths.Set(request[0], string(request[1]), string(request[2]))}, nil
}

// Delete takes a document and a path, and gives a document.
func Delete(request [][]byte) ([][]byte, error) {
	if len(request) != 2 {
		return nil, errRequest
	}
	return [][]byte{paths.Delete(request[0], string(request[1]))}, nil
}

// YAMLToJSON takes a text and gives its first document.
func YAMLToJSON(request [][]byte) ([][]byte, error) {
	if len(request) != 1 {
		return nil, errRequest
	}
	json, err := yaml.ToJSON(request[0])
	if err != nil {
		return nil, failure.New(err.Error(), public.YAML(err))
	}
	return [][]byte{json}, nil
}

func flag(value bool) []byte {
	if value {
		return []byte("1")
	}
	return []byte("0")
}

func textsOf(frames [][]byte) []string {
	all := make([]string, len(frames))
	for i, frame := range frames {
		all[i] = string(frame)
	}
	return all
}

func framesOf(all []string, err error) ([][]byte, error) {
	frames := make([][]byte, len(all))
	for i, text := range all {
		frames[i] = []byte(text)
	}
	return frames, err
}
