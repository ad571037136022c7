package circuit

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// digest is what the events say, for comparison.
func digest(events []Event) (list []string) {
	for _, ev := range events {
		s := fmt.Sprint(ev.Kind, ev.Header, ev.Status, ev.Close, ev.ID, ev.Count, string(ev.Name), len(ev.Payload))
		if ev.Channel != nil {
			s += fmt.Sprint(" channel ", ev.Channel.CID, ev.Channel.State())
		}
		if ev.Subscription != nil {
			s += fmt.Sprint(" subscription ", ev.Subscription.ID, ev.Subscription.Mask)
		}
		list = append(list, s)
	}
	return list
}

// same feeds b byte by byte and as a whole to circuits made by make.
func same(t *testing.T, b []byte, make func() *Circuit) {
	t.Helper()
	whole, err1 := feed(make(), b, len(b)+1)
	pieces, err2 := feed(make(), b, 1)
	if fmt.Sprint(digest(whole)) != fmt.Sprint(digest(pieces)) {
		t.Errorf("whole  %v\npieces %v", digest(whole), digest(pieces))
	}
	if fmt.Sprint(err1) != fmt.Sprint(err2) {
		t.Errorf("whole ends with %v, pieces with %v", err1, err2)
	}
	var fault *protocol.Error
	if err1 != nil && !errors.Is(err1, ErrClosed) && !errors.As(err1, &fault) {
		t.Errorf("error of another kind: %v", err1)
	}
}

// seed adds all recorded bytes of one direction.
func seed(f *testing.F, dir prototest.Dir, prefix []byte) {
	for _, file := range []string{"softioc-circuit", "softioc-errors", "softioc-monitor", "libca-circuit"} {
		for _, c := range prototest.Golden(file) {
			b := append([]byte(nil), prefix...)
			for _, s := range c.Steps {
				if s.Dir == dir {
					b = append(b, s.Bytes...)
				}
			}
			f.Add(b)
		}
	}
}

func FuzzServer(f *testing.F) {
	prefix := protocol.AppendVersion(nil, 0, 13)
	prefix = protocol.AppendCreateChan(prefix, 7, "x", 13)
	seed(f, prototest.FromClient, nil)
	seed(f, prototest.FromClient, prefix)
	f.Fuzz(func(t *testing.T, b []byte) {
		same(t, b, func() *Circuit { return New(Config{Limits: protocol.Limits{MaxPayload: 4096}}) })
	})
}

func FuzzClient(f *testing.F) {
	seed(f, prototest.FromServer, nil)
	f.Fuzz(func(t *testing.T, b []byte) {
		same(t, b, func() *Circuit {
			c := New(Config{Role: Client, Limits: protocol.Limits{MaxPayload: 4096}})
			_, _ = c.AppendHello(nil, "u", "h")
			_, one, _ := c.Create(nil, "x", nil)
			_, _, _ = c.Create(nil, "y", nil)
			b := protocol.AppendCreateChanReply(nil, uint16(dbr.Double), 1, one.CID, 1)
			_, _ = feed(c, b, len(b))
			_, _, _ = c.ReadNotify(nil, one, dbr.Double, 1, nil)
			_, s, _ := c.Subscribe(nil, one, dbr.Double, 1, pv.EventValue, nil)
			_, _, _ = c.Subscribe(nil, one, dbr.Double, 1, pv.EventValue, nil)
			_, _ = c.Unsubscribe(nil, s)
			return c
		})
	})
}

func FuzzDatagram(f *testing.F) {
	for _, file := range []string{"softioc-udp", "libca-search", "libca-repeater"} {
		for _, c := range prototest.Golden(file) {
			for _, s := range c.Steps {
				f.Add(s.Bytes)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s SearchServer
		s.Begin(b)
		for q, ok := s.Next(); ok; q, ok = s.Next() {
			s.Found(q, 1)
		}
		if out := s.Flush(); len(out) > protocol.MaxReplyDatagram {
			t.Errorf("answer of %d bytes", len(out))
		}
		var r DatagramReader
		r.Begin(b)
		for range len(b) + 1 {
			d, err := r.Next()
			var fault *protocol.Error
			if err != nil && !errors.As(err, &fault) {
				t.Errorf("error of another kind: %v", err)
			}
			if err == nil && d.Kind == NoDatagram {
				return
			}
		}
		t.Error("no end")
	})
}
