package caserver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// heap is the memory in use after collections, when what other tests have left is gone.
func heap() int { return settled(func(m *runtime.MemStats) uint64 { return m.HeapAlloc }) }

// settled collects until the memory in use does not shrink any more.
func settled(use func(*runtime.MemStats) uint64) int {
	const enough = 64 << 10
	var m runtime.MemStats
	for last := math.MaxInt; ; {
		runtime.GC()
		runtime.ReadMemStats(&m)
		now := int(use(&m))
		if now > last-enough {
			return now
		}
		last = now
	}
}

// TestMemoryBudget: a channel with one monitor takes less than 1 kB on the server,
// what its record keeps for it included.
func TestMemoryBudget(t *testing.T) {
	const n = 10000
	db := new(record.Database)
	for i := range n {
		if _, err := db.Add(ao(fmt.Sprint("A", i))); err != nil {
			t.Fatal(err)
		}
	}
	s := &Server{Database: db, Log: slog.New(slog.DiscardHandler)}
	s.configure()
	c := newClient(s, new(sink))
	c.writing = true // the test does
	before := heap()
	ask := func(b []byte) {
		c.circuit.Advance(copy(c.circuit.Space(len(b)), b))
		if !c.execute() || c.sendAll() != nil || c.flush() != nil {
			t.Fatal("circuit ended")
		}
	}
	ask(protocol.AppendVersion(nil, 0, 13))
	for i := range uint32(n) {
		b := protocol.AppendCreateChan(nil, i, fmt.Sprint("A", i), 13)
		ask(protocol.AppendEventAdd(b, uint16(dbr.TimeDouble), 1, i, i, 1))
	}
	each := (heap() - before) / n
	t.Logf("%d bytes for a channel with a monitor", each)
	if each > 1000 {
		t.Errorf("a channel with a monitor takes %d bytes", each)
	}
	runtime.KeepAlive(c)
}

// TestMemoryOfOldArrays: subscriptions that do not hear of every value keep no array that the
// record has no more, in their filters or until events are on again.
func TestMemoryOfOldArrays(t *testing.T) {
	const elements, n = 100_000, 100
	for _, tt := range []struct {
		name string
		mask pv.Mask
		hold bool
	}{
		{"W", pv.EventProperty, true},
		{"W", pv.EventValue, true},
		{"W.{dec:{n:1000}}", pv.EventValue, true},
		{"W.{dec:{n:1000},sync:{before:'red'}}", pv.EventValue, false},
	} {
		db := database(t, record.Spec{Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: elements})
		s := &Server{Database: db, States: new(filter.States), Log: slog.New(slog.DiscardHandler)}
		s.States.State("red")
		s.configure()
		c := newClient(s, new(sink))
		c.request(t, protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, tt.name, 13))
		if tt.hold {
			c.request(t, protocol.AppendEventsOff(nil))
		}
		before := heap()
		for i := range uint32(n) {
			if err := db.Record("W").Post(pv.ArrayValue(make([]float64, elements)), pv.Stamp{Sec: i}, pv.Alarm{}); err != nil {
				t.Fatal(err)
			}
			c.request(t, protocol.AppendEventAdd(nil, uint16(dbr.Double), 0, 0, i, tt.mask))
		}
		if more := heap() - before; more > 3*8*elements {
			t.Errorf("%+v: %d subscriptions keep %d bytes of an array of %d", tt, n, more, 8*elements)
		}
		runtime.KeepAlive(c)
	}
}

// TestMemoryOfPartsOfArrays: what waits for a client that asks for parts of an array, over
// and over, is the array itself, once.
func TestMemoryOfPartsOfArrays(t *testing.T) {
	const elements, n = 100_000, 100
	db := database(t, record.Spec{Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: elements})
	s := &Server{Database: db, Log: slog.New(slog.DiscardHandler)}
	s.configure()
	c := newClient(s, new(sink))
	c.writing = true // the test does
	b := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, "W.[0:2:-1]", 13)
	c.request(t, protocol.AppendEventsOff(b))
	for i := range uint32(n) {
		c.request(t, protocol.AppendEventAdd(nil, uint16(dbr.Double), 0, 0, i, pv.EventValue))
	}
	before := heap()
	if err := db.Record("W").Post(pv.ArrayValue(make([]float64, elements)), pv.Stamp{Sec: 1}, pv.Alarm{}); err != nil {
		t.Fatal(err)
	}
	if more := heap() - before; more > 3*8*elements {
		t.Errorf("%d subscriptions keep %d bytes of an array of %d", n, more, 8*elements)
	}
	events := c.stats.events.Load()
	c.request(t, protocol.AppendEventsOn(nil))
	if err := c.sendAll(); err != nil || c.stats.events.Load()-events != n {
		t.Errorf("%d events when they are on again: %v", c.stats.events.Load()-events, err)
	}
}

// memory is the memory in use for the heap and for stacks after a collection.
func memory() int {
	return settled(func(m *runtime.MemStats) uint64 { return m.HeapInuse + m.StackInuse })
}

// TestIdleConnectionBudget: a connection that has said nothing yet takes less than
// 12 kB, stacks included, so that 10,000 of them fit into a small machine; what they
// had is free again when they have gone.
func TestIdleConnectionBudget(t *testing.T) {
	const n = 500
	s := &Server{
		Database: new(record.Database), Log: slog.New(slog.DiscardHandler),
		Config: Config{AnyPort: true, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true, Limits: Limits{CircuitsPerAddress: n}},
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }() // until cancel
	before := memory()
	conns := make([]net.Conn, n)
	b := make([]byte, protocol.HeaderLen)
	for i := range conns {
		conn, err := net.Dial("tcp4", netip.AddrPortFrom(loopback, s.Port()).String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, b); err != nil { // the server's VERSION
			t.Fatal(err)
		}
		conns[i] = conn
	}
	each := (memory() - before) / n
	t.Logf("%d bytes for an idle connection, the client's end included", each)
	if each > 12_000 {
		t.Errorf("an idle connection takes %d bytes", each)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if after := memory(); after > before+2<<20 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
}
