package public

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A pattern recognises the end of one of Go's messages. What it captures has to be safe by itself: numbers, the types
// below, and names, which are checked before they are shown.
type pattern struct {
	// expression is compiled when an error asks for it: the start of the module does not wait for that.
	expression func() *regexp.Regexp
	// text has `$1`, `$2` where something captured is shown, and is otherwise what is said.
	text string
}

// kinds and types are all that a value inside a template can have.
const (
	kinds = `invalid|bool|u?int(?:8|16|32|64)?|float(?:32|64)|complex(?:64|128)|string|array|slice|map|ptr|struct|func|interface`
	types = `\*?(?:\[\])*(?:map\[string\])?(?:bool|u?int(?:8|16|32|64)?|float(?:32|64)|complex(?:64|128)|string|interface \{\}|any|error|` +
		`time\.(?:Time|Duration|Month|Weekday|Location)|semver\.Version|sprig\.(?:certificate|HashAlgorithm)|` +
		`reflect\.(?:Value|rtype)|rsa\.(?:PublicKey|PrivateKey)|ecdsa\.(?:PublicKey|PrivateKey)|ed25519\.(?:PublicKey|PrivateKey)|` +
		`x25519\.(?:PublicKey|PrivateKey)|ecdh\.(?:PublicKey|PrivateKey)|url\.Userinfo)`
	name  = `[A-Za-z_][A-Za-z0-9_]{0,62}`
	count = `[0-9]{1,4}`
)

var placeholders = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer("KIND", "("+kinds+")", "TYPE", "("+types+")", "NAME", "("+name+")", "COUNT", "("+count+")")
})

func ending(start, expression, text string) pattern {
	return pattern{compiled(start + expression + `$`), text}
}

func beginning(expression, text string) pattern {
	return pattern{compiled(start + expression), text}
}

func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(placeholders().Replace(expression)) })
}

const (
	// start of a message of its own
	start = `^`
	// after the node that text/template quotes before its message
	after = `>: `
)

// messageBytes is how much of a message is looked at: an operand in it may be as large as a value.
const messageBytes = 2048

func head(message string) string { return message[:min(len(message), messageBytes)] }
func tail(message string) string { return message[max(0, len(message)-messageBytes):] }

// say gives the text of the first pattern that recognises a message. It is empty if none does, or if a name is not shown.
func say(patterns []pattern, message string, shown func(name string) bool) string {
	for _, one := range patterns {
		found := one.expression().FindStringSubmatch(message)
		if found == nil {
			continue
		}
		if strings.Contains(one.text, "NAME") && !shown(found[1]) {
			return ""
		}
		return fill(one.text, found)
	}
	return ""
}

func fill(text string, found []string) string {
	text = strings.ReplaceAll(text, "NAME", "$1")
	for i := len(found) - 1; i > 0; i-- {
		text = strings.ReplaceAll(text, "$"+strconv.Itoa(i), found[i])
	}
	return text
}
