package functions

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

const (
	typeCertificate = "CERTIFICATE"
	typePrivateKey  = "PRIVATE KEY"
	typePublicKey   = "PUBLIC KEY"
)

var (
	errJunk  = errors.New("error filtering pem: found junk")
	errNoPEM = errors.New("failed to decode PEM block")
	// errNil is what comes of using the block of a text that holds none: users see Go's own text for it.
	errNil = errors.New("runtime error: invalid memory address or nil pointer dereference")
)

// filterPEM keeps the blocks of one type, in their order and newly encoded. Finding none is an error only if there is
// text that could not be read: it may well be the block that was asked for.
func filterPEM(blockType, text string) (string, error) {
	rest := []byte(text)
	if start := strings.Index(text, "-----BEGIN"); start >= 0 {
		rest = rest[start:]
	}
	var kept bytes.Buffer
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if !strings.EqualFold(block.Type, blockType) {
			continue
		}
		if err := pem.Encode(&kept, block); err != nil {
			return "", fmt.Errorf("error encoding pem: %w", err)
		}
	}
	if kept.Len() == 0 && len(rest) > 0 {
		return "", errJunk
	}
	return kept.String(), nil
}

func encodePEM(blockType string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}
