package driverstest

import (
	"context"
	"errors"
	"io"
	"net"
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
// such as the master of a pseudo terminal. It fails the test if something else comes
// than the script says, and at the end of the test if steps were left.
type Script struct {
	tb testing.TB

	mu      sync.Mutex
	steps   []Step
	next    int
	playing sync.WaitGroup
	conns   []io.Closer
	over    bool
}

// NewScript makes an instrument that follows steps. A new connection goes on where
// the last one ended.
func NewScript(tb testing.TB, steps ...Step) *Script {
	tb.Helper()
	s := &Script{tb: tb, steps: steps}
	tb.Cleanup(func() {
		s.Close()
		if n := s.Left(); n > 0 {
			tb.Errorf("script: %d of %d steps left, next expects %q", n, len(steps), s.steps[s.next].Expect)
		}
	})
	return s
}

// Dial connects to the instrument. It is a serial.DialFunc.
func (s *Script) Dial(ctx context.Context) (io.ReadWriteCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil, errors.New("script is closed")
	}
	s.conns = append(s.conns, far)
	// ends when either end of the pipe is closed
	s.playing.Go(func() { s.Play(far) })
	return near, nil
}

// Play follows the script on conn until conn ends or the script hangs up. Bytes that
// come after the last step fail the test.
func (s *Script) Play(conn io.ReadWriteCloser) {
	defer conn.Close()
	buf := make([]byte, 4096)
	var got []byte
	for {
		step, ok := s.current()
		for !ok || len(got) < len(step.Expect) {
			if !ok && len(got) > 0 {
				s.tb.Errorf("script: %q came after the last step", got)
				return
			}
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			got = append(got, buf[:n]...)
			step, ok = s.current()
		}
		if string(got[:len(step.Expect)]) != step.Expect {
			s.tb.Errorf("script: %q came, expected %q", got, step.Expect)
			return
		}
		got = got[len(step.Expect):]
		s.advance()
		if step.Wait > 0 {
			time.Sleep(step.Wait)
		}
		if step.Reply != "" {
			if _, err := io.WriteString(conn, step.Reply); err != nil {
				return
			}
		}
		if step.Hangup {
			return
		}
	}
}

func (s *Script) current() (Step, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next >= len(s.steps) {
		return Step{}, false
	}
	return s.steps[s.next], true
}

func (s *Script) advance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
}

// Left is the number of steps that have not begun yet.
func (s *Script) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps) - s.next
}

// Close ends all connections that Dial made, and waits for their goroutines. It is
// called at the end of the test; call it at the end of a synctest bubble.
func (s *Script) Close() error {
	s.mu.Lock()
	s.over = true
	for _, c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.playing.Wait()
	return nil
}
