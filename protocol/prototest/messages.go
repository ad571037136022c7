package prototest

import (
	"errors"
	"io"
	"slices"

	"github.com/ioclet/ioclet/protocol"
)

// Messages takes messages from a stream one by one. It belongs to one goroutine.
type Messages struct {
	From   io.Reader
	Limits protocol.Limits

	in []byte // read, not yet taken
}

// readAtLeast is how much room a read has, in bytes.
const readAtLeast = 4096

// Next waits for the next message, whose payload is the caller's. The error is that of
// [protocol.Next] about what has come, or From's own once all messages before it have
// been taken.
func (s *Messages) Next() (protocol.Message, error) {
	for {
		m, n, err := protocol.Next(s.in, s.Limits)
		if err == nil {
			s.in = s.in[n:] // what was taken is not written over: more is appended
			return m, nil
		}
		if !errors.Is(err, protocol.ErrShort) {
			return protocol.Message{}, err
		}
		s.in = slices.Grow(s.in, readAtLeast)
		n, err = s.From.Read(s.in[len(s.in):cap(s.in)])
		s.in = s.in[:len(s.in)+n]
		if n == 0 && err != nil {
			return protocol.Message{}, err
		}
	}
}

// Rest is what has come of the message that Next waits for, or that it has refused.
func (s *Messages) Rest() []byte { return s.in }
