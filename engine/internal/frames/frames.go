// Package frames is the form in which bytes cross the border of the module: a request and a response are each a
// sequence of frames, and a frame is its length (32 bits, little-endian) followed by that many bytes. Nothing is
// escaped, so a value may hold any bytes at all.
package frames

import (
	"encoding/binary"
	"errors"
	"math"
)

const headerBytes = 4

var (
	// ErrTruncated says that the last frame is shorter than its length promises.
	ErrTruncated = errors.New("malformed request: truncated frame")
	// ErrTooLong says that a frame's length does not fit into its header.
	ErrTooLong = errors.New("result too long")
)

// Split reads a sequence of frames. The frames share the memory of text.
func Split(text []byte) ([][]byte, error) {
	var all [][]byte
	for len(text) > 0 {
		if len(text) < headerBytes {
			return nil, ErrTruncated
		}
		length := uint64(binary.LittleEndian.Uint32(text))
		text = text[headerBytes:]
		if length > uint64(len(text)) {
			return nil, ErrTruncated
		}
		all = append(all, text[:length:length])
		text = text[length:]
	}
	return all, nil
}

// Join writes a sequence of frames. The size is known before the first byte is copied, so a large response is held
// once and not several times while it grows.
func Join(all [][]byte) ([]byte, error) {
	size := 0
	for _, frame := range all {
		if uint64(len(frame)) > math.MaxUint32 {
			return nil, ErrTooLong
		}
		size += headerBytes + len(frame)
	}
	text := make([]byte, 0, size)
	for _, frame := range all {
		text = binary.LittleEndian.AppendUint32(text, uint32(len(frame)))
		text = append(text, frame...)
	}
	return text, nil
}
