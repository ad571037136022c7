package driverstest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Step is one move of a scripted instrument: it expects bytes, waits, and replies.
// Any of the three may be left out.
type Step struct {
	Expect string        // exactly these bytes come, terminator included
	Wait   time.Duration // before the reply
	Reply  string        // is sent, terminator included
	Hangup bool          // then the connection is closed
}

// Script is a serial instrument that follows a script, for tests of what talks to it. Its
// Dial makes a connection in memory; [Script.Play] follows the script on any other,
// such as the master of a pseudo terminal. It fails the test as soon as something else
// comes than the script says, and at the end of the test if steps were left.
type Script struct {
	tb   testing.TB
	done chan struct{} // closed by Close

	mu      sync.Mutex
	steps   []Step // from the next one on
	conns   []io.Closer
	closed  bool
	playing sync.WaitGroup // grows under mu, until closed
}

// NewScript makes an instrument that follows steps. A new connection goes on where
// the last one ended.
func NewScript(tb testing.TB, steps ...Step) *Script {
	tb.Helper()
	s := &Script{tb: tb, done: make(chan struct{}), steps: steps}
	tb.Cleanup(func() {
		s.Close()
		if next, ok := s.current(); ok {
			tb.Errorf("script: %d of %d steps left, next expects %q", s.Left(), len(steps), next.Expect)
		}
	})
	return s
}

var errClosed = errors.New("script is closed")

// Dial connects to the instrument. It is a serial.DialFunc.
func (s *Script) Dial(ctx context.Context) (io.ReadWriteCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	if !s.begin(far) {
		return nil, errClosed
	}
	// ends when either end of the pipe is closed
	go s.play(far)
	return near, nil
}

// Play follows the script on conn until conn ends, the script hangs up or
// [Script.Close] is called; then it closes conn. Bytes that come after the last step fail
// the test.
func (s *Script) Play(conn io.ReadWriteCloser) {
	if !s.begin(conn) {
		conn.Close()
		return
	}
	s.play(conn)
}

// begin notes a connection, unless the script is closed.
func (s *Script) begin(conn io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns = append(s.conns, conn)
	s.playing.Add(1)
	return true
}

func (s *Script) play(conn io.ReadWriteCloser) {
	defer s.playing.Done()
	defer conn.Close()
	buf := make([]byte, 4096)
	var got string
	for {
		step, more := s.current()
		switch {
		case !more && got != "":
			s.tb.Errorf("script: %q came after the last step", got)
			return
		case !strings.HasPrefix(got, step.Expect) && !strings.HasPrefix(step.Expect, got):
			s.tb.Errorf("script: %q came, expected %q", got, step.Expect)
			return
		case !more || len(got) < len(step.Expect):
			n, err := conn.Read(buf)
			if got += string(buf[:n]); n == 0 && err != nil {
				return
			}
			continue
		}
		got = got[len(step.Expect):]
		s.advance()
		if !s.do(conn, step) {
			return
		}
	}
}

// do does what a step says once what it expects has come. It reports whether the
// connection goes on.
func (s *Script) do(conn io.Writer, step Step) bool {
	if step.Wait > 0 {
		t := time.NewTimer(step.Wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-s.done:
			return false
		}
	}
	if step.Reply != "" {
		if _, err := io.WriteString(conn, step.Reply); err != nil {
			return false
		}
	}
	return !step.Hangup
}

func (s *Script) current() (step Step, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.steps) == 0 {
		return Step{}, false
	}
	return s.steps[0], true
}

func (s *Script) advance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = s.steps[1:]
}

// Left is the number of steps that have not begun yet.
func (s *Script) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps)
}

// Close ends all connections and waits until nothing plays any more. It is called at
// the end of the test; call it at the end of a synctest bubble.
func (s *Script) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	for _, c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.playing.Wait()
}
