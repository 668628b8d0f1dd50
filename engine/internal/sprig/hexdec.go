package sprig

import "encoding/hex"

// hexdec gives the error's text as its result, as the decoders beside it do.
func hexdec(text string) string {
	decoded, err := hex.DecodeString(text)
	if err != nil {
		return err.Error()
	}
	return string(decoded)
}
