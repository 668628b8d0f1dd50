package sprig

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"
)

// HashAlgorithm is a type of its own and no string: text/template converts a literal to it and refuses a variable.
type HashAlgorithm string

const hashSHA HashAlgorithm = "sha"

// htpasswd gives a line of an Apache password file. An unusable name is the result, not an error: so is Sprig's habit.
func htpasswd(bcrypt func(string) string) func(string, string, HashAlgorithm) string {
	return func(username, password string, algorithm HashAlgorithm) string {
		if strings.Contains(username, ":") {
			return "invalid username: " + username
		}
		if algorithm == hashSHA {
			sum := sha1.Sum([]byte(password))
			return username + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
		}
		return username + ":" + bcrypt(password)
	}
}
