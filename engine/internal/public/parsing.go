package public

import "strings"

// Parsing words what is wrong with a template's text: the line, and the kind of mistake. Of the text it shows names
// only. The text is parsed again: Go puts a template's name into its message as a format, and with the name it was
// first given the line could not always be told from what comes of that.
func Parsing(name string, parse func(goName string) error) string {
	const plain = "template"
	text := "template: " + name
	err := parse(plain)
	if err == nil {
		return text
	}
	at, ok := strings.CutPrefix(err.Error(), "template: "+plain+":")
	line := linePrefix().FindString(at)
	if !ok || line == "" {
		return text
	}
	text += ":" + strings.TrimSuffix(line, ": ")
	message := startedAt().ReplaceAllString(strings.TrimPrefix(at, line), "")
	if said := say(parsePatterns, head(message), func(string) bool { return true }); said != "" {
		text += ": " + said
	}
	return text
}

var (
	linePrefix = compiled(`^[0-9]{1,9}: `)
	startedAt  = compiled(` (?:in action )?started at template:[0-9]{1,9}$`)
)

const contexts = `command|operand|input|if|with|range|else|end|define clause|template clause|block clause|parenthesized pipeline|\{\{break\}\}|\{\{continue\}\}|define|template|block`

var parsePatterns = []pattern{
	ending(start, `function "NAME" not defined`, `function "NAME" not defined`),
	ending(start, `undefined variable "\$NAME"`, `undefined variable "$NAME"`),
	ending(start, `(unclosed action|unclosed comment|comment ends before closing delimiter|unclosed left paren|unexpected right paren|`+
		`unterminated (?:quoted string|raw quoted string|character constant)|expected :=|unexpected EOF|empty command|`+
		`range can only initialize variables|max expression depth exceeded|invalid syntax|`+
		`\{\{(?:break|continue)\}\} outside \{\{range\}\}|unexpected \{\{(?:end|else)\}\}|expected end; found \{\{else\}\})`, `$1`),
	ending(start, `(missing value for (?:`+contexts+`))`, `$1`),
	ending(start, `(too many declarations in (?:`+contexts+`))`, `$1`),
	ending(start, `(non executable command in pipeline stage [0-9]{1,4})`, `$1`),
	ending(start, `unexpected (<(?:define|range|if|with|block|template|else|end|break|continue|nil|\.)>) in (`+contexts+`)`, `unexpected $1 in $2`),
	ending(start, `unexpected (?s:.*) in (`+contexts+`)`, `unexpected token in $1`),
	beginning(`unexpected \. after term `, `unexpected . after term`),
	beginning(`bad number syntax: `, `bad number syntax`),
	beginning(`(?:illegal number syntax|malformed character constant): `, `malformed number or character`),
	beginning(`(bad character|unrecognized character in action)`, `$1`),
	beginning(`template: multiple definition of template `, `multiple definition of template`),
	beginning(`unexpected `, `unexpected token`),
}
