package modbus

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers/link"
)

// session is one connection, from Open to Close.
type session struct {
	*link.Link
	data chan struct{} // from the reader: bytes have come

	// owned by the holder of the turn
	transaction uint16
	frame       []byte
	last        time.Time // end of the last exchange
	late        *request  // was given up and may still be answered; nil: none
	quiet       time.Time // until then

	mu    sync.Mutex
	input []byte
}

var errNotOpen = errors.New("not open")

// maxInput bounds what is kept of input that nobody takes.
const maxInput = 4096

// start begins reading and writing on conn.
func start(conn io.ReadWriteCloser, writeTimeout time.Duration, count *counters) *session {
	s := &session{data: make(chan struct{}, 1)}
	s.Link = link.Start(conn, link.Options{Receive: s.receive, In: &count.in, Out: &count.out, WriteTimeout: writeTimeout})
	return s
}

// receive takes what has been read.
func (s *session) receive(b []byte) {
	s.mu.Lock()
	if len(s.input)+len(b) > maxInput {
		s.input = s.input[:0]
	}
	s.input = append(s.input, b...)
	s.mu.Unlock()
	select {
	case s.data <- struct{}{}:
	default:
	}
}

// pending is how many bytes of input there are.
func (s *session) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.input)
}

// take calls f with the input and drops as many bytes of it as f says.
func (s *session) take(f func(b []byte) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.input = s.input[:copy(s.input, s.input[f(s.input):])]
}
