package serial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// Echo is what a device sends back of what it is sent, before it answers.
type Echo uint8

// The echoes. A device that sends back "\r\n" for a terminator "\r" or "\n" is understood.
const (
	EchoNone      Echo = iota
	EchoCommand        // whole commands
	EchoCharacter      // each byte; the next is not sent before
)

// echoed waits for the echo of what has been sent and drops it; last is true if it is the end
// of a command.
func (p *Port) echoed(ctx context.Context, s *session, r *request, sent []byte, last bool) error {
	deadline := time.Now().Add(r.timeout)
	for {
		echo := s.takeEcho(sent, last)
		switch {
		case echo == echoWhole:
			return nil
		case echo == echoWrong:
			whole := false
			if len(p.receivers) > 0 {
				whole, _ = s.next(p.receiveEnd, 1)
			}
			if whole && p.unasked(s.line, -1) {
				continue
			}
			if !whole {
				s.rest()
			}
			s.expect(r, time.Now().Add(r.timeout))
			p.trace(r.device, "wrong echo", s.line)
			return &drivers.Fault{Status: pv.StatusComm, Err: fmt.Errorf("echo %s, expected %s", show(s.line), format.Quote(sent))}
		}
		came, err := s.Wait(ctx, r.final, s.data, time.Until(deadline))
		switch {
		case errors.Is(err, link.ErrGone) && s.takeEcho(sent, last) == echoWhole:
			return nil // with the answer perhaps
		case err != nil:
			return s.WhyGone(err)
		case !came:
			return &drivers.Fault{Status: pv.StatusTimeout, Err: fmt.Errorf("no echo of %s within %v", format.Quote(sent), r.timeout)}
		}
	}
}

// What has come in the place of an echo.
const (
	echoPart = iota
	echoWhole
	echoWrong
)

// takeEcho takes the echo of sent from the input if it is there.
func (s *session) takeEcho(sent []byte, last bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropTail()
	at := 0
	in := s.input[s.head:]
	for i, b := range sent {
		if b == '\n' && i == len(sent)-1 && at < len(in) && in[at] == '\r' {
			at++
		}
		switch {
		case at >= len(in):
			return echoPart
		case in[at] != b:
			return echoWrong
		}
		at++
	}
	s.advance(at)
	s.tail = last && sent[len(sent)-1] == '\r'
	return echoWhole
}

// dropTail takes the "\n" from the input that belongs to the echo of a "\r". s.mu is held.
func (s *session) dropTail() {
	if !s.tail || s.head == len(s.input) {
		return
	}
	s.tail = false
	if s.input[s.head] == '\n' {
		s.advance(1)
	}
}
