package serial

import (
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
	commands chan output
	// out
	written chan error    // the writer: one for each command
	data    chan struct{} // the reader: bytes have come, for an exchange
	idle    chan struct{} // the same, for Run
	gone    chan struct{} // closed when err is set

	// owned by the holder of the turn
	out     []byte      // command being sent
	line    []byte      // line being looked at
	last    time.Time   // end of the last exchange
	quiet   time.Time   // until then an answer may still come to a question given up
	late    *device     // whose answer
	missing answer      // what it is made of
	busy    bool        // the writer has a command, perhaps of an exchange given up
	timer   *time.Timer // for wait

	mu        sync.Mutex
	input     []byte // what has been read, from head on
	head      int
	cut       bool      // the beginning of input's first line has been dropped
	skip      bool      // input up to the next terminator is the rest of a line too long
	tail      bool      // a "\n" that comes next belongs to the echo before it
	datagrams []int     // where in input each ends, if it came in datagrams
	came      time.Time // when the last of it was read
	dropped   uint64    // bytes that came too thick, not counted yet
	err       error     // why the connection ended

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
		commands: make(chan output, 1), written: make(chan error, 1),
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
	size := readSize
	_, packets := s.conn.(packetConn)
	if packets {
		size = maxDatagram
	}
	buf := make([]byte, size)
	for empty := 0; ; {
		n, err := s.conn.Read(buf)
		if n > 0 {
			empty = 0
			count.in.Add(uint64(n))
			s.receive(buf[:n], packets)
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

// receive takes what has been read; whole is true for a datagram.
func (s *session) receive(b []byte, whole bool) {
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
		s.cut = !whole
	}
	s.input = append(s.input, b...)
	if whole {
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

func (s *session) write(count *counters) {
	for {
		select {
		case o := <-s.commands:
			s.written <- s.send(o, count)
		case <-s.closing:
			return
		}
	}
}

// output is what the writer is given to write, with a pause between its bytes.
type output struct {
	bytes []byte
	pause time.Duration
}

func (s *session) send(o output, count *counters) error {
	step := len(o.bytes)
	if o.pause > 0 {
		step = 1
	}
	for i := 0; i < len(o.bytes); i += step {
		if i > 0 {
			select {
			case <-time.After(o.pause):
			case <-s.closing:
				return errClosing
			}
		}
		n, err := s.conn.Write(o.bytes[i : i+step])
		count.out.Add(uint64(n))
		if err != nil {
			return err
		}
	}
	return nil
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
