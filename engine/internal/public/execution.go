package public

import (
	"errors"
	"strings"
	"text/template"
)

// Source is what an error is told about: Name is shown, GoName is what Go was given as the template's name.
type Source struct {
	Name   string
	GoName string
	Text   string
}

var place = compiled(`^(?:[0-9]{1,9}:)?[0-9]{1,9}:`)

// Execution words an error of a template's execution: where, and what if that is safe to say.
func Execution(source Source, err error, functions template.FuncMap) string {
	told, ok := errors.AsType[template.ExecError](err)
	if !ok {
		return "template: " + source.Name
	}
	at, ok := strings.CutPrefix(told.Error(), "template: "+source.GoName+":")
	if !ok {
		return "template: " + source.Name
	}
	text := "template: " + source.Name + ":" + strings.TrimSuffix(place().FindString(at), ":")
	if said := executionMessage(source, told, functions); said != "" {
		text += ": " + said
	}
	return text
}

func executionMessage(source Source, told template.ExecError, functions template.FuncMap) string {
	cause := errors.Unwrap(told.Err)
	if cause == nil {
		return say(executionPatterns, tail(told.Error()), func(name string) bool {
			return hasName(source.Text, name) || isFunction(functions, name)
		})
	}
	call := strings.TrimSuffix(told.Error(), cause.Error())
	function := calledFunction().FindStringSubmatch(tail(call))
	if function == nil || !isFunction(functions, function[1]) {
		return ""
	}
	text := "error calling " + function[1]
	if said := functionMessage(function[1], cause); said != "" {
		text += ": " + said
	}
	return text
}

var calledFunction = compiled(after + `error calling (` + name + `): $`)

// hasName: only what stands in the template as a field or variable is shown, so it cannot have come out of a value.
func hasName(text, name string) bool {
	return strings.Contains(text, "."+name) || strings.Contains(text, "$"+name)
}

func isFunction(functions template.FuncMap, name string) bool {
	_, known := functions[name]
	return known || builtins[name]
}

var builtins = map[string]bool{
	"and": true, "call": true, "html": true, "index": true, "js": true, "len": true, "not": true, "or": true,
	"print": true, "printf": true, "println": true, "urlquery": true, "slice": true,
	"eq": true, "ge": true, "gt": true, "le": true, "lt": true, "ne": true,
}

// executionPatterns are the messages of text/template itself. Those that end in an operand are recognised by their
// beginning; what they say then quotes nothing.
var executionPatterns = []pattern{
	ending(after, `map has no entry for key "NAME"`, `map has no entry for key "NAME"`),
	ending(after, `nil data; no entry for key "NAME"`, `nil data; no entry for key "NAME"`),
	ending(after, `can't evaluate field NAME in type TYPE`, `can't evaluate field NAME in type $2`),
	ending(after, `nil pointer evaluating TYPE\.(?:NAME)`, `nil pointer evaluating $1`),
	ending(after, `NAME is not a method but has arguments`, `NAME is not a method but has arguments`),
	ending(after, `NAME has arguments but cannot be invoked as function`, `NAME has arguments but cannot be invoked as function`),
	ending(after, `undefined variable: \$NAME`, `undefined variable: $NAME`),
	ending(after, `wrong number of args for NAME: want at least COUNT got COUNT`, `wrong number of args for NAME: want at least $2 got $3`),
	ending(after, `wrong number of args for NAME: want COUNT got COUNT`, `wrong number of args for NAME: want $2 got $3`),
	ending(after, `wrong type for value; expected TYPE; got TYPE`, `wrong type for value; expected $1; got $2`),
	ending(after, `invalid value; expected TYPE`, `invalid value; expected $1`),
	ending(after, `cannot assign nil to TYPE`, `cannot assign nil to $1`),
	ending(after, `dereference of nil pointer of type TYPE`, `dereference of nil pointer of type $1`),
	ending(after, `nil is not a command`, `nil is not a command`),
	ending(after, `template "(?s:.*)" not defined`, `template not defined`),
	ending(after, `exceeded maximum template depth \([0-9]+\)`, `exceeded maximum template depth`),
	ending(after, `[0-9][0-9_]* overflows int`, `number overflows int`),
	ending(after, `can't use (?s:.*) iterate over more than one variable`, `can't iterate over more than one variable`),
	ending(after, `can't handle (?s:.*) for arg of type TYPE`, `can't handle argument of type $1`),
	ending(after, `can't print (?s:.*) of type TYPE`, `can't print value of type $1`),
	ending(after, `range can't iterate over (?s:.*)`, `range can't iterate over the value`),
	ending(after, `can't give argument to non-function (?s:.*)`, `can't give argument to non-function`),
	ending(after, `expected (bool|string|integer|unsigned integer|float|complex); found (?s:.*)`, `expected $1`),
	ending(after, `can't evaluate command (?s:.*)`, `can't evaluate command`),
}
