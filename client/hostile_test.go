package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// FuzzServerBytes: whatever a server sends, the client does not panic, and ends the
// circuit with an error of the protocol or waits for more.
func FuzzServerBytes(f *testing.F) {
	for _, frame := range prototest.Frames() {
		f.Add(frame.Bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, m, event := subscribed(t)
		n.wire.Advance(copy(n.wire.Space(len(b)), b))
		err := n.hear(time.Now())
		var fault *protocol.Error
		if err != nil && !errors.As(err, &fault) {
			t.Errorf("error %v is not the protocol's", err)
		}
		if err == nil && len(b) == 0 {
			hear(t, n, event)
			if u, e := m.Next(context.Background()); e != nil || u.Kind != NewValue {
				t.Error("an event after nothing:", u, e)
			}
		}
		n.context.mu.Lock()
		n.end(err)
		n.context.mu.Unlock()
	})
}

// FuzzDatagram: whatever arrives by UDP, the client does not panic.
func FuzzDatagram(f *testing.F) {
	f.Add(protocol.AppendSearchReplyUDP(protocol.AppendVersionUDP(nil, 13, 1), netip.Addr{}, 5064, 0, 13))
	f.Add(protocol.AppendBeacon(nil, netip.Addr{}, 5064, 13, 1))
	f.Add(protocol.AppendRepeaterConfirm(nil, netip.Addr{}))
	from := netip.MustParseAddrPort("192.0.2.1:5064")
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &Context{Config: Config{
			Addresses: []string{"192.0.2.1"}, OnlyAddresses: true, Log: slog.New(slog.DiscardHandler),
			Dial:         func(context.Context, string) (net.Conn, error) { return nil, io.ErrUnexpectedEOF },
			ListenPacket: func() (net.PacketConn, error) { return nil, io.ErrUnexpectedEOF },
		}}
		c.start()
		ch := c.Channel("X")
		c.search.started = true // without its goroutines
		c.mu.Lock()
		err := ch.want()
		c.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		c.search.datagram(b, from)
		c.search.datagram(b, from)
		if s := ch.State(); s != Searching && s != Connecting {
			t.Errorf("state %v", s)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSeveralServers: the first server that answers is used; of a second one the
// log tells once.
func TestSeveralServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := &Context{Config: Config{
			Addresses: []string{"192.0.2.1"}, OnlyAddresses: true, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Dial: func(ctx context.Context, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}}
		c.start()
		ch := c.Channel("X")
		c.search.started = true // without its goroutines
		c.mu.Lock()
		err := ch.want()
		c.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		reply := protocol.AppendSearchReplyUDP(nil, netip.Addr{}, 5064, ch.wanted.ID, 13)
		for _, server := range []string{"192.0.2.1:5064", "192.0.2.1:5064", "192.0.2.2:5064", "192.0.2.2:5064"} {
			c.search.datagram(reply, netip.MustParseAddrPort(server))
		}
		c.mu.Lock()
		if got := ch.conn.key.addr.String(); got != "192.0.2.1:5064" {
			t.Errorf("uses %s, want the first to answer", got)
		}
		c.mu.Unlock()
		if n := strings.Count(log.String(), "several servers have this name"); n != 1 || !strings.Contains(log.String(), "ignored=192.0.2.2:5064") {
			t.Errorf("the log tells %d times of a second server:\n%s", n, log.String())
		}
		_ = c.Close()
	})
}

// TestBackpressure: a server that does not read makes writers wait, not the memory
// grow, and lets them go on when it reads again.
func TestBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, _ := subscribed(t)
		ch := channelOf(n)
		n.out = append(n.out, make([]byte, outLimit)...)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := ch.Put(ctx, pv.Float64Value(1))
		if err == nil || err.Error() != `pv "X": put: timeout after 1s: server does not read` {
			t.Errorf("error %v", err)
		}

		put := make(chan error, 1)
		go func() { put <- ch.Put(context.Background(), pv.Float64Value(1)) }()
		synctest.Wait()
		ours, theirs := prototest.Pipe()
		done := make(chan struct{})
		writer, reader := make(chan struct{}), make(chan struct{})
		go func() { defer close(writer); n.write(ours, done) }()
		go func() { defer close(reader); _, _ = io.Copy(io.Discard, theirs) }()
		if err := <-put; err != nil {
			t.Error(err)
		}
		close(done)
		<-writer
		_ = ours.Close()
		<-reader
	})
}

// TestTooLarge: a message beyond Config.MaxPayload is dropped, the circuit goes on.
func TestTooLarge(t *testing.T) {
	n, m, event := subscribed(t)
	h := protocol.EventReply(uint16(dbr.TimeDouble), 1<<24, protocol.ECANormal, 0)
	h.Size = 1 << 27
	hear(t, n, protocol.AppendHeader(nil, h))
	for left := int(h.Size); left > 0; {
		part := make([]byte, min(left, 1<<20))
		hear(t, n, part)
		left -= len(part)
	}
	hear(t, n, event)
	if u, err := m.Next(context.Background()); err != nil || u.Data.Sample.Value.Float64() != 2.5 {
		t.Errorf("after a message that was too large: %+v, %v", u, err)
	}
}

// TestFaultyCircuit: a request on a circuit that a faulty message has just ended
// fails as any other whose server is gone.
func TestFaultyCircuit(t *testing.T) {
	n, _, _ := subscribed(t)
	b := protocol.AppendHeader(nil, protocol.Header{Command: protocol.CmdHostName})
	n.wire.Advance(copy(n.wire.Space(len(b)), b))
	if err := n.hear(time.Now()); err == nil {
		t.Fatal("a server may say HOST_NAME")
	}
	if _, err := channelOf(n).Get(context.Background(), Request{}); !errors.Is(err, ErrDisconnected) {
		t.Errorf("error %v, want ErrDisconnected", err)
	}
}

// TestRefusedIsOfWrites: what a server says against a read that nobody waits for any
// more is no refused write.
func TestRefusedIsOfWrites(t *testing.T) {
	n, _, _ := subscribed(t)
	var refused []protocol.Command
	n.context.cfg.Refused = func(e *Error) {
		var fault *protocol.Error
		if errors.As(e, &fault) {
			refused = append(refused, fault.Command)
		}
	}
	for _, c := range []protocol.Command{protocol.CmdReadNotify, protocol.CmdWrite, protocol.CmdClearChannel} {
		request := protocol.Header{Command: c, Param2: 77}
		hear(t, n, protocol.AppendError(nil, channelOf(n).wire.CID, protocol.ECAInternal, request, "no"))
	}
	if want := []protocol.Command{protocol.CmdWrite}; !slices.Equal(refused, want) {
		t.Errorf("Config.Refused was told of %v, want %v", refused, want)
	}
}

// TestDisconnAfterClear: a server that drops a channel which is being cleared does
// not have it counted out twice.
func TestDisconnAfterClear(t *testing.T) {
	n, _, _ := subscribed(t)
	other := &Channel{context: n.context, name: "Y", conn: n, state: Connecting}
	n.context.mu.Lock()
	err := n.create(other)
	n.context.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	x := channelOf(n)
	cid := x.wire.CID
	_ = x.Close()
	hear(t, n, protocol.AppendServerDisconn(nil, cid))
	if n.users != 1 || n.draining {
		t.Errorf("%d users, draining %v; want 1 and a circuit that goes on", n.users, n.draining)
	}
	cid = other.wire.CID
	_ = other.Close() // its server has not answered yet
	if n.users != 1 {
		t.Errorf("%d users before the server's answer, want 1", n.users)
	}
	hear(t, n, protocol.AppendCreateChanFail(nil, cid))
	if n.users != 0 || !n.draining {
		t.Errorf("%d users, draining %v; want the end", n.users, n.draining)
	}
}

// TestSlowReader: a server that reads slowly, but reads, gets a large write in its
// time.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, _ := subscribed(t)
		ours, theirs := prototest.Pipe()
		n.socket = ours
		n.out = make([]byte, 16*prototest.PipeBuffer)
		done, written := make(chan struct{}), make(chan struct{})
		go func() { defer close(written); n.write(ours, done) }()
		for range 16 {
			time.Sleep(5 * time.Second) // of the bubble's clock; 80 s in all
			if _, err := io.CopyN(io.Discard, theirs, prototest.PipeBuffer); err != nil {
				t.Fatal("after", n.err, err)
			}
		}
		close(done)
		<-written
	})
}

// TestCloseStuck: a server that does not read holds Close up for a second, not for
// the time that it has otherwise.
func TestCloseStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _, _ := subscribed(t)
		ours, theirs := prototest.Pipe()
		n.socket = ours
		n.out = append(n.out, make([]byte, 2*prototest.PipeBuffer)...)
		began := time.Now()
		written := make(chan struct{})
		go func() { defer close(written); n.write(ours, nil) }()
		synctest.Wait()
		n.context.mu.Lock()
		n.drain()
		n.context.mu.Unlock()
		<-written
		if d := time.Since(began); d != drainTime {
			t.Errorf("the writer ended after %v, want %v", d, drainTime)
		}
		_ = theirs.Close()
	})
}
