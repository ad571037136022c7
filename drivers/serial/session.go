package serial

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"
)

// session is one connection, from Open to Close.
type session struct {
	// immutable
	conn     Conn
	maxLine  int
	turn     chan struct{} // holds a token while nobody uses the connection
	stopping chan struct{} // closed when exchanges are to make way for Close
	closing  chan struct{} // closed when the connection is closed
	ended    sync.WaitGroup

	// in, to the writer
	commands chan []byte
	// out
	written chan error    // the writer: one for each command
	data    chan struct{} // the reader: bytes have come, for an exchange
	idle    chan struct{} // the same, for Run
	gone    chan struct{} // closed when err is set

	// owned by the holder of the turn
	out   []byte      // command being sent
	line  []byte      // line being looked at
	last  time.Time   // end of the last exchange
	quiet time.Time   // until then an answer may still come to a question given up
	late  *device     // whose answer
	busy  bool        // the writer has a command, perhaps of an exchange given up
	timer *time.Timer // for wait

	mu      sync.Mutex
	input   []byte // what has been read, from head on
	head    int
	cut     bool   // the beginning of input's first line has been dropped
	skip    bool   // input up to the next terminator is the rest of a line too long
	dropped uint64 // bytes that came too thick, not counted yet
	err     error  // why the connection ended

	goneOnce sync.Once
}

var (
	errLineTooLong = errors.New("line too long")
	errHangup      = errors.New("closed by the other end")
)

// start begins reading and writing on conn.
func start(conn Conn, maxLine int, count *counters) *session {
	s := &session{
		conn: conn, maxLine: maxLine,
		turn: make(chan struct{}, 1), stopping: make(chan struct{}), closing: make(chan struct{}),
		commands: make(chan []byte, 1), written: make(chan error, 1),
		data: make(chan struct{}, 1), idle: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	s.turn <- struct{}{}
	// ends when conn is closed
	s.ended.Go(func() { s.fail(s.read(count)) })
	// ends when closing is closed and the write under way, if any, has returned
	s.ended.Go(func() { s.write(count) })
	return s
}

// maxEmptyReads is how many reads may yield nothing at all before it is an error:
// some serial libraries say so of a timeout.
const maxEmptyReads = 100

// readSize is how much is read at a time.
const readSize = 4096

func (s *session) read(count *counters) error {
	buf := make([]byte, readSize)
	for empty := 0; ; {
		n, err := s.conn.Read(buf)
		if n > 0 {
			empty = 0
			count.in.Add(uint64(n))
			s.receive(buf[:n])
		} else if empty++; err == nil && empty >= maxEmptyReads {
			err = io.ErrNoProgress
		}
		switch {
		case errors.Is(err, io.EOF):
			return errHangup
		case err != nil:
			return err
		}
	}
}

func (s *session) receive(b []byte) {
	s.mu.Lock()
	if s.head > 0 && (s.head == len(s.input) || len(s.input)+len(b) > cap(s.input)) {
		s.input = s.input[:copy(s.input, s.input[s.head:])]
		s.head = 0
	}
	// Twice: an answer may stand behind as much that nobody asked for.
	if len(s.input)-s.head+len(b) > 2*s.maxLine+readSize {
		s.dropped += uint64(len(s.input) - s.head)
		s.input, s.head, s.cut = s.input[:0], 0, true
	}
	s.input = append(s.input, b...)
	s.mu.Unlock()
	signal(s.data)
	signal(s.idle)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *session) write(count *counters) {
	for {
		select {
		case b := <-s.commands:
			n, err := s.conn.Write(b)
			count.out.Add(uint64(n))
			s.written <- err
		case <-s.closing:
			return
		}
	}
}

// fail ends the connection because of err; the first one is kept.
func (s *session) fail(err error) {
	s.goneOnce.Do(func() {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
		close(s.gone)
	})
}

func (s *session) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// shut closes the connection; called once. It waits for the goroutines no longer than
// wait: a write that the system does not give back is left behind and ends when the
// system lets it.
func (s *session) shut(wait time.Duration) error {
	close(s.closing)
	closed := make(chan error, 1)
	// ends when the connection is closed and its reader and writer have returned
	go func() {
		err := s.conn.Close()
		s.ended.Wait()
		closed <- err
	}()
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case err := <-closed:
		return err
	case <-t.C:
		return errors.New("port does not close: a write is stuck in the system")
	}
}

// next takes the line that ends in terminator from the input, as s.line without the
// terminator. Of the terminator "\n" a "\r" before it is part. A line too long is an
// error once, and what is still to come of it is left out; without a terminator all of
// the input is one line, which never ends.
func (s *session) next(terminator []byte) (ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.skip {
		if !s.skipRest(terminator) {
			return false, nil
		}
		s.skip = false
		s.late, s.quiet = nil, time.Time{} // if an answer was awaited this was its end
	}
	in := s.input[s.head:]
	end, most := -1, s.maxLine
	if len(terminator) > 0 {
		end = bytes.Index(in, terminator)
		most += len(terminator) // the last byte of it is lacking, a "\r" may stand before it
	}
	if s.cut || end < 0 && len(in) > most {
		s.cut = false
		s.line = s.line[:0]
		s.skip = !s.skipRest(terminator)
		return false, errLineTooLong
	}
	if end < 0 {
		return false, nil
	}
	s.head += end + len(terminator)
	line := in[:end]
	if string(terminator) == "\n" {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	s.line = append(s.line[:0], line...)
	if len(line) > s.maxLine {
		return false, errLineTooLong
	}
	return true, nil
}

// skipRest drops the input up to and with the terminator, or all but what may be the
// beginning of one. It reports whether the line has ended. s.mu is held.
func (s *session) skipRest(terminator []byte) bool {
	in := s.input[s.head:]
	if end := bytes.Index(in, terminator); len(terminator) > 0 && end >= 0 {
		s.head += end + len(terminator)
		return true
	}
	s.head = len(s.input) - min(len(in), max(len(terminator)-1, 0))
	return len(terminator) == 0
}

// rest takes all of the input, as s.line. What comes then begins a line.
func (s *session) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = append(s.line[:0], s.input[s.head:]...)
	s.input, s.head, s.cut, s.skip = s.input[:0], 0, false, false
}

// begins reports whether what is in the input may be the beginning of a line that
// begins with prefix.
func (s *session) begins(prefix string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	return len(s.input) - s.head
}

func (s *session) takeDropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.dropped
	s.dropped = 0
	return n
}
