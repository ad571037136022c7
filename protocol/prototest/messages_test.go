package prototest_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// Messages come whole, however their bytes do, and what was taken stays as it is.
func TestMessages(t *testing.T) {
	var sent []byte
	for i := range 300 {
		sent = protocol.AppendCreateChan(sent, uint32(i), "LAB:TEMP", protocol.Version)
	}
	for name, from := range map[string]io.Reader{
		"in one piece":  bytes.NewReader(sent),
		"by bytes":      iotest.OneByteReader(bytes.NewReader(sent)),
		"end with data": iotest.DataErrReader(bytes.NewReader(sent)),
	} {
		s := prototest.Messages{From: from}
		var taken []protocol.Message
		m, err := s.Next()
		for ; err == nil; m, err = s.Next() {
			taken = append(taken, m)
		}
		if err != io.EOF || len(s.Rest()) != 0 {
			t.Errorf("%s: ends with %v and %x", name, err, s.Rest())
		}
		var again []byte
		for _, m := range taken {
			again = protocol.AppendMessage(again, m.Header, m.Payload)
		}
		if !bytes.Equal(again, sent) {
			t.Errorf("%s: %d messages are not those that were sent", name, len(taken))
		}
	}
}

func TestMessagesEnd(t *testing.T) {
	whole := protocol.AppendEcho(nil)
	s := prototest.Messages{From: bytes.NewReader(append(whole, whole[:7]...))}
	if m, err := s.Next(); err != nil || m.Command != protocol.CmdEcho {
		t.Fatalf("%v, %v", m, err)
	}
	if _, err := s.Next(); err != io.EOF || !bytes.Equal(s.Rest(), whole[:7]) {
		t.Errorf("half a message: %v, rest %x", err, s.Rest())
	}
	misaligned := bytes.Clone(whole)
	misaligned[3] = 3
	s = prototest.Messages{From: bytes.NewReader(append(misaligned, 0, 0, 0))}
	var fault *protocol.Error
	if _, err := s.Next(); !errors.As(err, &fault) {
		t.Errorf("a misaligned message: %v", err)
	}
}
