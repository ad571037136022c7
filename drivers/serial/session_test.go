package serial

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestLines: the input is cut into the same lines however it comes; one that is too long
// costs itself and no other.
func TestLines(t *testing.T) {
	for _, c := range []struct {
		terminator, input string
		want              []string
	}{
		{"\n", "1\n\n22\r\n3", []string{"1", "", "22"}},
		{"\n", "12345678\r\n123456789\nok\n", []string{"12345678", "too long", "ok"}},
		{"\n", "123456789012345678901234567890\nok\n", []string{"too long", "ok"}},
		{"\r", "12345678\r123456789\rok\r", []string{"12345678", "too long", "ok"}},
		{"\r\n>", "1\r\n>2\r\n\r\n>12345678\r\n>", []string{"1", "2\r\n", "12345678"}},
		{"\r\n>", "123456789012345\r\n>ok\r\n>", []string{"too long", "ok"}},
	} {
		for size := 1; size <= 16; size++ {
			s := &session{maxLine: 8, data: make(chan struct{}, 1), idle: make(chan struct{}, 1)}
			var got []string
			for piece := range slices.Chunk([]byte(c.input), size) {
				s.receive(piece)
				for {
					ok, err := s.next(framing{terminator: []byte(c.terminator)}, 1)
					if errors.Is(err, errLineTooLong) {
						got = append(got, "too long")
					} else if ok {
						got = append(got, string(s.line))
					} else {
						break
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q in pieces of %d with %q: %q, want %q", c.input, size, c.terminator, got, c.want)
			}
		}
	}
}

// TestFlood: input that is dropped because nobody takes it does not leave the end of a
// line that could be taken for a whole one.
func TestFlood(t *testing.T) {
	s := &session{maxLine: 8, data: make(chan struct{}, 1), idle: make(chan struct{}, 1)}
	flood := strings.Repeat("1234567\n", 600)
	for _, piece := range []string{flood + "123456", "7\nok\n"} {
		s.receive([]byte(piece))
	}
	if ok, err := s.next(framing{terminator: []byte("\n")}, 1); ok || !errors.Is(err, errLineTooLong) {
		t.Errorf("the line whose beginning is lost: %q %t, %v", s.line, ok, err)
	}
	if ok, err := s.next(framing{terminator: []byte("\n")}, 1); !ok || err != nil || string(s.line) != "ok" {
		t.Errorf("the line after it: %q %t, %v", s.line, ok, err)
	}
	if n := s.takeDropped(); n != uint64(len(flood)+6) {
		t.Errorf("%d bytes counted as dropped, want %d", n, len(flood)+6)
	}
}
