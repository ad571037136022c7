package protocol_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// FuzzNext feeds a stream as a whole and byte by byte and wants the same messages
// and the same end from both.
func FuzzNext(f *testing.F) {
	for _, frame := range prototest.Frames() {
		if frame.Append != nil {
			f.Add(frame.Bytes)
		}
	}
	for _, m := range prototest.MalformedFrames() {
		f.Add(m.Bytes)
	}
	lim := protocol.Limits{MaxPayload: 1 << 12}
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, wholeErr := messages(stream, lim)
		var parts []protocol.Message
		var partsErr error
		start := 0
		for end := range len(stream) + 1 {
			m, n, err := protocol.Next(stream[start:end], lim)
			if errors.Is(err, protocol.ErrShort) {
				if need := protocol.Need(stream[start:end]); need <= end-start {
					t.Fatalf("short with %d bytes, but Need says %d", end-start, need)
				}
				partsErr = err
				continue
			}
			if partsErr = err; err != nil {
				break
			}
			parts = append(parts, m)
			start += n
			if start == end {
				partsErr = protocol.ErrShort
			}
		}
		if len(whole) != len(parts) {
			t.Fatalf("%d messages as a whole, %d byte by byte", len(whole), len(parts))
		}
		for i, m := range whole {
			if m.Header != parts[i].Header || !bytes.Equal(m.Payload, parts[i].Payload) {
				t.Fatalf("message %d: %+v as a whole, %+v byte by byte", i, m, parts[i])
			}
			inspect(m)
			again := protocol.AppendMessage(nil, m.Header, m.Payload)
			n, _, err := protocol.Next(again, lim)
			if err != nil || n.Header != m.Header || !bytes.Equal(n.Payload, m.Payload) {
				t.Fatalf("message %d: encoded again: %+v, %v", i, n.Header, err)
			}
		}
		if wholeErr.Error() != partsErr.Error() {
			t.Fatalf("ends with %v as a whole, %v byte by byte", wholeErr, partsErr)
		}
		if _, ours := errors.AsType[*protocol.Error](wholeErr); !ours && !errors.Is(wholeErr, protocol.ErrShort) {
			t.Fatalf("error %T", wholeErr)
		}
	})
}

func messages(stream []byte, lim protocol.Limits) (all []protocol.Message, err error) {
	for {
		m, n, err := protocol.Next(stream, lim)
		if err != nil {
			return all, err
		}
		all = append(all, m)
		stream = stream[n:]
	}
}

// inspect asks everything of a message that may be asked of any.
func inspect(m protocol.Message) {
	m.Text()
	m.Sequence()
	m.EventMask()
	m.SearchReply()
	m.Beacon()
	m.RepeaterAddr()
	m.Access()
	_ = m.ErrorReport().Error()
}
