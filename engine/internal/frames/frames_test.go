package frames

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestWhatIsJoinedIsSplitAgain(t *testing.T) {
	for _, all := range [][][]byte{
		nil,
		{{}},
		{[]byte("a"), {}, []byte("b")},
		{{0xff, 0xfe, 0x00, 0x0a}, bytes.Repeat([]byte{7}, 70000)},
	} {
		text, err := Join(all)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Split(text)
		if err != nil || !slices.EqualFunc(all, again, bytes.Equal) {
			t.Errorf("%v became %v, %v", all, again, err)
		}
	}
}

func TestAFrameIsItsLengthAndItsBytes(t *testing.T) {
	text, _ := Join([][]byte{[]byte("abc"), {}})
	if want := []byte("\x03\x00\x00\x00abc\x00\x00\x00\x00"); !bytes.Equal(text, want) {
		t.Errorf("%q", text)
	}
}

func TestHalfAFrameIsRefused(t *testing.T) {
	for _, text := range []string{"\x01", "\x01\x00\x00\x00", "\x02\x00\x00\x00a", "\xff\xff\xff\xffabc"} {
		if _, err := Split([]byte(text)); !errors.Is(err, ErrTruncated) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
