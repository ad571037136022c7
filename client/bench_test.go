package client

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// subscribed is a connection without a socket, with one subscription to a DOUBLE,
// and an event of it as its server sends it.
func subscribed(tb testing.TB) (n *connection, m *Monitor, event []byte) {
	c := &Context{Config: Config{Log: slog.New(slog.DiscardHandler)}}
	c.start()
	n = &connection{context: c, wake: make(chan struct{}, 1), wire: circuit.New(circuit.Config{Role: circuit.Client})}
	n.ctx, n.cancel = context.WithCancel(c.life)
	n.out, _ = n.wire.AppendHello(nil, "user", "host")
	ch := &Channel{context: c, name: "X", conn: n, state: Connecting}
	if err := n.create(ch); err != nil {
		tb.Fatal(err)
	}
	m = c.NewMonitor(MonitorOptions{})
	ch.subs = []*subscription{{monitor: m, channel: ch}}
	hear(tb, n, protocol.AppendCreateChanReply(protocol.AppendAccessRights(nil, 0, 3), uint16(dbr.Double), 1, 0, 9))
	if u, err := m.Next(context.Background()); err != nil || u.Kind != NowConnected {
		tb.Fatal(u, err)
	}
	h := protocol.EventReply(uint16(dbr.TimeDouble), 1, protocol.ECANormal, ch.subs[0].wire.ID)
	event, err := dbr.Append(protocol.BeginMessage(nil, h), dbr.TimeDouble, 1,
		&pv.Sample{Value: pv.Float64Value(2.5), Time: pv.Stamp{Sec: 1}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return n, m, protocol.FinishMessage(event, 0, h)
}

// channelOf is the one channel of n.
func channelOf(n *connection) *Channel {
	for _, w := range n.wire.Channels().All() {
		return w.Owner.(*Channel)
	}
	return nil
}

// hear has n act on bytes as if they had been read.
func hear(tb testing.TB, n *connection, b []byte) {
	n.wire.Advance(copy(n.wire.Space(len(b)), b))
	if err := n.hear(time.Now()); err != nil {
		tb.Fatal(err)
	}
}

// TestEventAllocations: a scalar's way from the socket's bytes to the reader of the
// monitor costs no memory.
func TestEventAllocations(t *testing.T) {
	n, m, event := subscribed(t)
	ctx := context.Background()
	if allocs := testing.AllocsPerRun(1000, func() {
		hear(t, n, event)
		if u, err := m.Next(ctx); err != nil || u.Data.Sample.Value.Float64() != 2.5 {
			t.Fatal(u, err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations per event, want 0", allocs)
	}
}

func BenchmarkEvent(b *testing.B) {
	n, m, event := subscribed(b)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		hear(b, n, event)
		if _, err := m.Next(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
