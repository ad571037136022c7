package caserver

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
)

// backlog is a UDP socket in memory to which datagrams of several clients have come.
type backlog struct {
	memPackets
	mu      sync.Mutex
	waiting []sentBy
	answers []sentBy
}

type sentBy struct {
	b      []byte
	client string
}

func (p *backlog) pending() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting) > 0
}

func (p *backlog) ReadFrom(b []byte) (int, net.Addr, error) {
	p.mu.Lock()
	if len(p.waiting) > 0 {
		defer p.mu.Unlock()
		d := p.waiting[0]
		p.waiting = p.waiting[1:]
		return copy(b, d.b), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(d.client)), nil
	}
	p.mu.Unlock()
	<-p.closed
	return 0, nil, net.ErrClosed
}

func (p *backlog) WriteTo(b []byte, to net.Addr) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = append(p.answers, sentBy{bytes.Clone(b), to.String()})
	return len(b), nil
}

// run lets a server with the records answer what waits.
func (p *backlog) run(t *testing.T, db *record.Database, c Config) (answers []sentBy) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p.closed = make(chan struct{})
		start(t, db, &Server{Packets: []net.PacketConn{p}, Config: c})
		synctest.Wait()
		p.mu.Lock()
		answers = p.answers
		p.mu.Unlock()
	})
	return answers
}

func searchFor(sequence, cid uint32, name string) []byte {
	return protocol.AppendSearch(protocol.AppendVersionUDP(nil, 13, sequence), cid, name, 13, protocol.DontReply)
}

// Answers are held while the same client has more to ask, and never given to another.
func TestAnswersAreHeld(t *testing.T) {
	const one, two = "10.0.0.1:1000", "10.0.0.2:1000"
	p := &backlog{waiting: []sentBy{
		{searchFor(1, 1, "A"), one},
		{searchFor(2, 2, "A"), one},
		{searchFor(1, 3, "A"), two},
		{searchFor(1, 4, "A"), "10.9.9.9:1000"},
		{searchFor(3, 5, "A"), one},
		{searchFor(4, 6, "NONE"), one},
	}}
	var got []string
	for _, a := range p.run(t, database(t, ao("A")), Config{IgnoreAddrs: []netip.Addr{netip.MustParseAddr("10.9.9.9")}}) {
		cids, sequence := found(t, a.b)
		got = append(got, fmt.Sprint(a.client, " ", cids, " to ", sequence))
	}
	want := []string{one + " [1 2] to 2", two + " [3] to 1", one + " [5] to 4"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// found is the searches that a datagram answers, and its sequence number.
func found(t testing.TB, b []byte) (cids []uint32, sequence uint32) {
	t.Helper()
	if len(b) > protocol.MaxReplyDatagram {
		t.Errorf("datagram of %d bytes", len(b))
	}
	var r circuit.DatagramReader
	r.Begin(b)
	for {
		switch d, err := r.Next(); {
		case err != nil:
			t.Fatal(err)
		case d.Kind == circuit.NoDatagram:
			return cids, sequence
		case d.Kind == circuit.NameFound:
			cids, sequence = append(cids, d.Found.CID), d.Sequence
		}
	}
}

// A client that never pauses gets its answers all the same.
func TestAnswersAreHeldForAWhile(t *testing.T) {
	waiting := []sentBy{{searchFor(0, 0, "A"), "10.0.0.1:1000"}}
	for i := range uint32(maxHeld) {
		waiting = append(waiting, sentBy{searchFor(i+1, i+1, "NONE"), "10.0.0.1:1000"})
	}
	answers := (&backlog{waiting: waiting}).run(t, database(t, ao("A")), Config{})
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	if _, sequence := found(t, answers[0].b); sequence != maxHeld-1 {
		t.Errorf("answered with datagram %d, want %d", sequence, maxHeld-1)
	}
}

// burst is what a client that looks for n names sends.
func burst(t testing.TB, n int) (datagrams [][]byte) {
	var batch circuit.SearchBatch
	for i := range n {
		full, err := batch.Add(uint32(i), fmt.Sprintf("LAB:DEVICE:%05d", i))
		if err != nil {
			t.Fatal(err)
		}
		if full != nil {
			datagrams = append(datagrams, bytes.Clone(full))
		}
	}
	return append(datagrams, batch.Flush())
}

func manyRecords(t testing.TB, n int) *record.Database {
	db := new(record.Database)
	for i := range n {
		if _, err := db.Add(record.Spec{Name: fmt.Sprintf("LAB:DEVICE:%05d", i), Type: record.AO}); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// A client that comes up and looks for 10,000 names at once has them all in as few
// datagrams as possible.
func TestSearchBurst(t *testing.T) {
	const n = 10_000
	p := new(backlog)
	for _, d := range burst(t, n) {
		p.waiting = append(p.waiting, sentBy{d, "10.0.0.1:1000"})
	}
	seen := make(map[uint32]int)
	answers := p.run(t, manyRecords(t, n), Config{})
	for _, a := range answers {
		cids, _ := found(t, a.b)
		for _, cid := range cids {
			seen[cid]++
		}
	}
	if len(seen) != n {
		t.Errorf("%d names found of %d", len(seen), n)
	}
	if want := (n + 41) / 42; len(answers) < want || len(answers) > want+len(answers)/maxHeld {
		t.Errorf("%d datagrams, 42 answers fit into one", len(answers))
	}
}

// Searches on the kernel's sockets take no memory.
func TestSearchAllocations(t *testing.T) {
	udp, client := searchSockets(t)
	d, b := burst(t, 20)[0], make([]byte, protocol.MaxDatagram)
	var search circuit.SearchServer
	if n := testing.AllocsPerRun(100, func() {
		if _, err := client.Write(d); err != nil {
			t.Fatal(err)
		}
		n, from, err := udp.read(b)
		if err != nil || udp.pending() {
			t.Fatalf("%d bytes, %v", n, err)
		}
		search.Begin(b[:n])
		for q, ok := search.Next(); ok; q, ok = search.Next() {
			search.Found(q, 5064)
		}
		udp.write(search.Flush(), from)
		if _, err := client.Read(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per datagram", n)
	}
}

// searchSockets are a server's socket and a client's that speaks to it.
func searchSockets(t testing.TB) (*udpSocket, *net.UDPConn) {
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := net.DialUDP("udp4", nil, server.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return newUDPSocket(server, server), client
}

// The kernel tells what waits, until it has been read or the socket is closed.
func TestPending(t *testing.T) {
	udp, client := searchSockets(t)
	b := make([]byte, 100)
	for i := range 2 {
		if _, err := fmt.Fprint(client, "datagram", i); err != nil {
			t.Fatal(err)
		}
	}
	var got []bool
	for range 2 {
		if _, _, err := udp.read(b); err != nil {
			t.Fatal(err)
		}
		got = append(got, udp.pending())
	}
	_, _ = client.Write(b)
	_ = udp.in.Close()
	if got = append(got, udp.pending()); !slices.Equal(got, []bool{true, false, false}) {
		t.Errorf("%v, want true between two datagrams only", got)
	}
}

// BenchmarkSearchBurst is a client's search for 10,000 names over the loopback
// interface, 100 datagrams at a time.
func BenchmarkSearchBurst(b *testing.B) {
	const n = 10_000
	s := &Server{
		Database: manyRecords(b, n), Log: slog.New(slog.DiscardHandler),
		Config: Config{AnyPort: true, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true},
	}
	ctx, cancel := context.WithCancel(b.Context())
	if err := s.Listen(ctx); err != nil {
		b.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	client, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: loopback.AsSlice(), Port: int(s.SearchPort())})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	_ = client.SetReadBuffer(searchBuffer)
	datagrams, buf := burst(b, n), make([]byte, protocol.MaxDatagram)
	b.ReportAllocs()
	for b.Loop() {
		for some := range slices.Chunk(datagrams, 100) {
			names := 0
			for _, d := range some {
				names += bytes.Count(d, []byte("LAB:"))
				if _, err := client.Write(d); err != nil {
					b.Fatal(err)
				}
			}
			for names > 0 {
				k, err := client.Read(buf)
				if err != nil {
					b.Fatal(err)
				}
				names -= (k - protocol.HeaderLen) / 24
			}
		}
	}
	cancel()
	<-done
}
