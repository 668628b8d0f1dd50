package sprig

import (
	"errors"
	"math"
	"reflect"
	"text/template"
)

// A float64 that does not fit into an integer becomes the smallest integer on the processors the reference runs on;
// in WebAssembly it would become the nearest one. The functions that turn numbers into integers take it as the former.

func integers(functions template.FuncMap) template.FuncMap {
	toInt := functions["int"].(func(any) int)
	toInt64 := functions["int64"].(func(any) int64)
	add1 := functions["add1"].(func(any) int64)
	changed := template.FuncMap{
		"int":   func(value any) int { return toInt(fitting(value)) },
		"int64": func(value any) int64 { return toInt64(fitting(value)) },
		"add1":  func(value any) int64 { return add1(fitting(value)) },
	}
	for _, name := range []string{"sub", "div", "mod"} {
		function := functions[name].(func(any, any) int64)
		changed[name] = func(a, b any) int64 { return function(fitting(a), fitting(b)) }
	}
	for _, name := range []string{"mul", "max", "biggest", "min"} {
		function := functions[name].(func(any, ...any) int64)
		changed[name] = func(first any, others ...any) int64 {
			return function(fitting(first), allFitting(others)...)
		}
	}
	add := functions["add"].(func(...any) int64)
	changed["add"] = func(values ...any) int64 { return add(allFitting(values)...) }
	return changed
}

func fitting(value any) any {
	if number, ok := value.(float64); ok && !(number >= math.MinInt64 && number < math.MaxInt64) {
		return int64(math.MinInt64)
	}
	return value
}

func allFitting(values []any) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = fitting(value)
	}
	return all
}

var errChunkLength = errors.New("runtime error: makeslice: len out of range")

// chunks refuses chunks of nothing by itself: it divides by their size, and that too ends differently elsewhere.
func chunks(function func(int, any) ([][]any, error)) func(int, any) ([][]any, error) {
	return func(size int, list any) ([][]any, error) {
		if size == 0 && isList(list) {
			return nil, errChunkLength
		}
		return function(size, list)
	}
}

func isList(value any) bool {
	if value == nil {
		return false
	}
	kind := reflect.TypeOf(value).Kind()
	return kind == reflect.Slice || kind == reflect.Array
}
