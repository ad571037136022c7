package serial

import (
	"bytes"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/format"
)

// framing says where a line that a device sends ends.
type framing struct {
	terminator []byte // of a line, if length is 0
	length     int    // bytes of a line; 0: any
	block      bool   // a line has a block in it, behind head
	head       string
	silence    bool // a line ends when nothing more comes, though it came in datagrams
}

func (f framing) equal(g framing) bool {
	return bytes.Equal(f.terminator, g.terminator) && f.length == g.length && f.silence == g.silence
}

// bounded reports whether the end of a line can be told by its bytes.
func (f framing) bounded() bool { return f.length > 0 || len(f.terminator) > 0 }

// find finds the end of the nth terminator in b, -1 if there are not so many.
func (f framing) find(b []byte, n int) int {
	end := 0
	if f.block {
		if end = skipBlock(b, f.head); end < 0 {
			return -1
		}
	}
	for range n {
		i := bytes.Index(b[end:], f.terminator)
		if i < 0 {
			return -1
		}
		end += i + len(f.terminator)
	}
	return end
}

// clean drops the "\r" before each "\n" from line, in place, if the one belongs to the
// other in a terminator.
func (f framing) clean(line []byte) []byte {
	if string(f.terminator) != "\n" || f.length > 0 || bytes.IndexByte(line, '\r') < 0 {
		return line
	}
	if f.block {
		if end := skipBlock(line, f.head); end > 0 {
			return append(line[:end], bytes.TrimSuffix(line[end:], []byte("\r"))...)
		}
	}
	out := line[:0]
	for i, b := range line {
		if b != '\r' || i+1 < len(line) && line[i+1] != '\n' {
			out = append(out, b)
		}
	}
	return out
}

// next takes a line from the input, as s.line without its terminator; of the terminator
// "\n" a "\r" before it is part. An answer may be several lines, which then are one line
// with terminators in it. A line too long is an error once, and what is still to come of
// it is left out. A line that only silence ends is never complete.
func (s *session) next(f framing, lines int) (ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropTail()
	if s.skip {
		if !s.skipRest(f.terminator) {
			return false, nil
		}
		s.skip = false
		s.late, s.quiet = nil, time.Time{} // if an answer was awaited this was its end
	}
	in := s.input[s.head:]
	end, ending, most := -1, 0, s.maxLine
	switch {
	case f.length > 0:
		if len(in) >= f.length {
			end = f.length
		}
	case len(f.terminator) > 0:
		end, ending = f.find(in, max(lines, 1)), len(f.terminator)
		most += ending // the last byte of it is lacking, a "\r" may stand before it
	case len(s.datagrams) > 0 && !f.silence:
		end = s.datagrams[0] - s.head
	}
	if s.cut || end < 0 && len(in) > most {
		s.cut = false
		s.line = s.line[:0]
		s.skip = !s.skipRest(f.terminator)
		return false, errLineTooLong
	}
	if end < 0 {
		return false, nil
	}
	s.line = f.clean(append(s.line[:0], in[:end-ending]...))
	s.advance(end)
	if len(s.line) > s.maxLine {
		return false, errLineTooLong
	}
	return true, nil
}

// skipRest drops the input up to and with the terminator, or all but what may be the
// beginning of one. It reports whether the line has ended. s.mu is held.
func (s *session) skipRest(terminator []byte) bool {
	in := s.input[s.head:]
	if end := bytes.Index(in, terminator); len(terminator) > 0 && end >= 0 {
		s.advance(end + len(terminator))
		return true
	}
	s.advance(len(in) - min(len(in), max(len(terminator)-1, 0)))
	return len(terminator) == 0
}

// answer is what an answer is made of.
type answer struct {
	framing
	lines int // 0 and 1: one
}

func (a answer) String() string {
	switch {
	case a.length > 0:
		return fmt.Sprintf("%d bytes", a.length)
	case a.lines > 1:
		return fmt.Sprintf("%d lines that end with %s", a.lines, format.Quote(a.terminator))
	case !a.bounded():
		return "silence"
	}
	return "the terminator " + format.Quote(a.terminator)
}

// answer is what the answer to r is made of.
func (r *request) answer() answer {
	if r.reply == nil {
		return answer{framing: r.device.in} // an echo
	}
	return r.reply.answer
}
