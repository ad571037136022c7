package prototest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// PipeBuffer is how many bytes a direction of [Pipe] holds before a write blocks.
const PipeBuffer = 64 << 10

// Pipe is an in-memory circuit: two ends of a stream, each direction with a buffer
// as a socket has one, so that a peer may write before the other reads. Deadlines
// work; closing an end gives the other what was written before, then io.EOF. In a
// testing/synctest bubble a blocked end counts as durably blocked.
func Pipe() (client, server net.Conn) { return PipeSize(PipeBuffer) }

// PipeSize is [Pipe] with buffers of size bytes, at least one: a small one makes a
// client that does not read felt at once.
func PipeSize(size int) (client, server net.Conn) {
	up, down := newStream(size), newStream(size)
	c := &pipeEnd{in: down, out: up, local: "client", remote: "server"}
	s := &pipeEnd{in: up, out: down, local: "server", remote: "client"}
	return c, s
}

type pipeEnd struct {
	in, out       *stream
	local, remote pipeAddr
}

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

func (e *pipeEnd) Read(b []byte) (int, error)  { return e.in.read(b) }
func (e *pipeEnd) Write(b []byte) (int, error) { return e.out.write(b) }
func (e *pipeEnd) LocalAddr() net.Addr         { return e.local }
func (e *pipeEnd) RemoteAddr() net.Addr        { return e.remote }

func (e *pipeEnd) Close() error {
	e.in.closeReader()
	e.out.closeWriter()
	return nil
}

func (e *pipeEnd) SetDeadline(t time.Time) error {
	e.in.reader.set(e.in, t)
	e.out.writer.set(e.out, t)
	return nil
}

func (e *pipeEnd) SetReadDeadline(t time.Time) error {
	e.in.reader.set(e.in, t)
	return nil
}

func (e *pipeEnd) SetWriteDeadline(t time.Time) error {
	e.out.writer.set(e.out, t)
	return nil
}

// stream is one direction.
type stream struct {
	size int // immutable

	mu             sync.Mutex
	changed        *sync.Cond
	buf            []byte   // guarded by mu
	written        bool     // the writer is closed; guarded by mu
	gone           bool     // the reader is closed; guarded by mu
	reader, writer deadline // guarded by mu
}

func newStream(size int) *stream {
	s := &stream{size: max(size, 1)}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.gone:
			return 0, io.ErrClosedPipe
		case s.reader.past():
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(b, s.buf)
			s.buf = s.buf[:copy(s.buf, s.buf[n:])]
			s.changed.Broadcast()
			return n, nil
		case s.written:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) write(b []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.written || s.gone:
			return n, io.ErrClosedPipe
		case s.writer.past():
			return n, os.ErrDeadlineExceeded
		case n == len(b):
			return n, nil
		}
		if room := s.size - len(s.buf); room > 0 {
			k := min(room, len(b)-n)
			s.buf = append(s.buf, b[n:n+k]...)
			n += k
			s.changed.Broadcast()
			continue
		}
		s.changed.Wait()
	}
}

func (s *stream) closeReader() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	s.reader.stop()
	s.changed.Broadcast()
}

func (s *stream) closeWriter() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = true
	s.writer.stop()
	s.changed.Broadcast()
}

// deadline is the end of a reader's or a writer's patience.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) past() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

// set changes d, which is one of s's, and wakes who waits when it is over.
func (d *deadline) set(s *stream, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.stop()
	d.at = t
	s.changed.Broadcast()
	if !t.IsZero() {
		d.timer = time.AfterFunc(time.Until(t), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed.Broadcast()
		})
	}
}
