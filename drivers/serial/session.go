package serial

import (
	"errors"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers/link"
)

// session is one connection, from Open to Close.
type session struct {
	// immutable
	*link.Link
	maxLine int
	packets bool // each read is a datagram

	// the reader tells of bytes
	data chan struct{} // for an exchange
	idle chan struct{} // for Run

	// owned by the holder of the turn
	line    []byte    // line being looked at
	last    time.Time // end of the last exchange
	quiet   time.Time // until then an answer may still come to a question given up
	late    *device   // whose answer
	missing answer    // what it is made of

	mu        sync.Mutex
	input     []byte // what has been read, from head on
	head      int
	cut       bool      // the beginning of input's first line has been dropped
	skip      bool      // input up to the next terminator is the rest of a line too long
	tail      bool      // a "\n" that comes next belongs to the echo before it
	datagrams []int     // where in input each ends, if it came in datagrams
	came      time.Time // when the last of it was read
	dropped   uint64    // bytes that came too thick, not counted yet
}

var errLineTooLong = errors.New("line too long")

// readSize is how much is read at a time.
const readSize = 4096

// start begins reading and writing on conn.
func start(conn Conn, maxLine int, writeTimeout time.Duration, count *counters) *session {
	s := &session{maxLine: maxLine, data: make(chan struct{}, 1), idle: make(chan struct{}, 1)}
	o := link.Options{ReadSize: readSize, Receive: s.receive, In: &count.in, Out: &count.out, WriteTimeout: writeTimeout}
	if _, s.packets = conn.(packetConn); s.packets {
		o.ReadSize = maxDatagram
	}
	s.Link = link.Start(conn, o)
	return s
}

// receive takes what has been read.
func (s *session) receive(b []byte) {
	s.mu.Lock()
	if s.head > 0 && (s.head == len(s.input) || len(s.input)+len(b) > cap(s.input)) {
		s.input = s.input[:copy(s.input, s.input[s.head:])]
		for i := range s.datagrams {
			s.datagrams[i] -= s.head
		}
		s.head = 0
	}
	// Twice: an answer may stand behind as much that nobody asked for.
	if len(s.input)-s.head+len(b) > 2*s.maxLine+readSize {
		s.dropped += uint64(len(s.input) - s.head)
		s.clear()
		s.cut = !s.packets
	}
	s.input = append(s.input, b...)
	if s.packets {
		s.datagrams = append(s.datagrams, len(s.input))
	}
	s.came = time.Now()
	s.mu.Unlock()
	signal(s.data)
	signal(s.idle)
}

// clear empties the input. s.mu is held.
func (s *session) clear() { s.input, s.head, s.datagrams = s.input[:0], 0, s.datagrams[:0] }

// advance takes n bytes from the input. s.mu is held.
func (s *session) advance(n int) {
	s.head += n
	done := 0
	for done < len(s.datagrams) && s.datagrams[done] <= s.head {
		done++
	}
	s.datagrams = s.datagrams[:copy(s.datagrams, s.datagrams[done:])]
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// rest takes all of the input, as s.line. What comes then begins a line.
func (s *session) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropTail()
	s.line = append(s.line[:0], s.input[s.head:]...)
	s.clear()
	s.cut, s.skip = false, false
}

// begins reports whether what is in the input may be the beginning of a line that
// begins with prefix.
func (s *session) begins(prefix string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropTail()
	in := s.input[s.head:]
	n := min(len(in), len(prefix))
	return !s.skip && string(in[:n]) == prefix[:n]
}

// skipping reports whether more is to come of a line that was too long.
func (s *session) skipping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skip
}

func (s *session) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropTail()
	return len(s.input) - s.head
}

// silentFor is how long nothing has come.
func (s *session) silentFor(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Sub(s.came)
}

func (s *session) takeDropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.dropped
	s.dropped = 0
	return n
}
