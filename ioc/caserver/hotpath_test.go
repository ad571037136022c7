package caserver

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// profileLen is the length of the array W.
const profileLen = 1000

// hotPath is a request, sent 100 times at once, that is to cost no allocation.
type hotPath struct {
	name    string
	request []byte
	replies int // bytes that answer one
}

// hotPaths are requests to the channels 0, A, and 1, W, of requester. A double that
// is written is not the one of the request before.
func hotPaths() []hotPath {
	one := binary.BigEndian.AppendUint64(nil, math.Float64bits(1))
	two := binary.BigEndian.AppendUint64(nil, math.Float64bits(2))
	return []hotPath{
		{"get", protocol.AppendReadNotify(nil, uint16(dbr.TimeDouble), 1, 0, 7), 16 + 24},
		{"get of 1,000 doubles", protocol.AppendReadNotify(nil, uint16(dbr.Double), profileLen, 1, 7), 16 + 8*profileLen},
		{"put", protocol.AppendWrite(protocol.AppendWrite(nil, uint16(dbr.Double), 1, 0, 7, one), uint16(dbr.Double), 1, 0, 7, two), 0},
		{"put-notify", protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, 0, 7, one), 16},
		{"search by TCP", protocol.AppendSearch(nil, 7, "A.EGU", 13, protocol.DoReply), 16},
	}
}

// requester is a client without goroutines that has channels to A and W.
func requester(t testing.TB) (*client, *sink) {
	t.Helper()
	s := &Server{
		Database: database(t, ao("A"), record.Spec{Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: profileLen}),
	}
	s.configure()
	out := new(sink)
	c := newClient(s, out)
	c.writing = true // the test does
	w := make([]float64, profileLen)
	for i := range w {
		w[i] = float64(i)
	}
	if err := s.Database.Record("W").Post(pv.ArrayValue(w), pv.Stamp{Sec: 1}, pv.Alarm{}); err != nil {
		t.Fatal(err)
	}
	in := protocol.AppendVersion(nil, 0, 13)
	in = protocol.AppendCreateChan(in, 1, "A", 13)
	in = protocol.AppendCreateChan(in, 2, "W", 13)
	c.request(t, in)
	return c, out
}

// request executes requests as the reader does.
func (c *client) request(t testing.TB, in []byte) {
	c.circuit.Advance(copy(c.circuit.Space(len(in)), in))
	c.outbox.attend()
	if !c.execute() || c.flush() != nil {
		t.Fatal("circuit ended")
	}
}

// together is how many requests come at once.
const together = 100

func repeated(b []byte) (all []byte) {
	for range together {
		all = append(all, b...)
	}
	return all
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	for _, p := range hotPaths() {
		t.Run(p.name, func(t *testing.T) {
			c, out := requester(t)
			in := repeated(p.request)
			for range 2 * bufferRest { // until the buffers have their sizes
				c.request(t, in)
			}
			out.n = 0
			if n := testing.AllocsPerRun(20, func() { c.request(t, in) }); n != 0 {
				t.Errorf("%v allocations in %d requests", n, together)
			}
			if want := 21 * together * p.replies; out.n != want { // AllocsPerRun runs once more
				t.Errorf("%d bytes of answers, want %d", out.n, want)
			}
		})
	}
}

func BenchmarkRequests(b *testing.B) {
	for _, p := range hotPaths() {
		b.Run(p.name, func(b *testing.B) {
			c, _ := requester(b)
			in := repeated(p.request)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				c.request(b, in)
				n += together
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/request")
		})
	}
}

// Clients that come and connect to 10,000 PVs.
func BenchmarkCreate(b *testing.B) {
	const n = 10_000
	s, in := &Server{Database: new(record.Database)}, protocol.AppendVersion(nil, 0, 13)
	for i := range n {
		name := fmt.Sprintf("IOC:SECTION:DEVICE%d", i)
		if _, err := s.Database.Add(ao(name)); err != nil {
			b.Fatal(err)
		}
		in = protocol.AppendCreateChan(in, uint32(i), name, 13)
	}
	s.configure()
	b.ReportAllocs()
	clients := 0
	for b.Loop() {
		c := newClient(s, new(sink))
		for part := in; len(part) > 0; {
			n := copy(c.circuit.Space(1), part)
			part = part[n:]
			c.circuit.Advance(n)
			if !c.execute() {
				b.Fatal("circuit ended")
			}
		}
		if c.circuit.Channels().Len() != n {
			b.Fatal("channels are missing")
		}
		c.end()
		clients++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*clients), "ns/channel")
}
