package caserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// A server on real sockets answers a search by UDP with its TCP port, and takes a
// client there.
func TestRealSockets(t *testing.T) {
	s := &Server{
		Database: database(t, ao("A")), Log: slog.New(slog.DiscardHandler),
		Config: Config{AnyPort: true, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true},
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()

	udp, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: loopback.AsSlice(), Port: int(s.SearchPort())})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	var batch circuit.SearchBatch
	for i, name := range []string{"NONE", "A"} {
		if _, err := batch.Add(uint32(i), name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := udp.Write(batch.Flush()); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 2048)
	n, err := udp.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	var r circuit.DatagramReader
	r.Begin(b[:n])
	d, err := r.Next()
	if err != nil || d.Kind != circuit.NameFound || d.Found.CID != 1 || d.Found.Port != s.Port() || !d.SequenceValid || d.Sequence != 1 {
		t.Fatalf("answer %+v, %v", d, err)
	}
	if d, err := r.Next(); err != nil || d.Kind != circuit.NoDatagram {
		t.Errorf("second answer %+v, %v", d, err)
	}

	conn, err := net.Dial("tcp4", netip.AddrPortFrom(loopback, s.Port()).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := conn.Read(b); err != nil || n != protocol.HeaderLen {
		t.Fatalf("greeting of %d bytes, %v", n, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n, err := conn.Read(b); err == nil {
		t.Errorf("%d bytes after the end", n)
	}
}

// A TCP port that is taken is replaced, with a warning; the UDP port is shared.
func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := uint16(taken.Addr().(*net.TCPAddr).Port)
	var log strings.Builder
	open := func() *Server {
		s := &Server{
			Config: Config{Port: port, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true},
			Log:    slog.New(slog.NewTextHandler(&log, nil)),
		}
		if err := s.Listen(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.sockets.close)
		return s
	}
	one, two := open(), open()
	if one.Port() == port || two.Port() == port || one.Port() == two.Port() {
		t.Errorf("ports %d and %d beside %d", one.Port(), two.Port(), port)
	}
	if one.SearchPort() != port || two.SearchPort() != port {
		t.Errorf("search ports %d and %d, want %d", one.SearchPort(), two.SearchPort(), port)
	}
	if n := strings.Count(log.String(), "port is taken"); n != 2 {
		t.Errorf("%d warnings: %s", n, log.String())
	}
}

// Listen may be called again after it has failed, and Stats beside it.
func TestListenAgain(t *testing.T) {
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0") // not shared
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Config: Config{Port: uint16(taken.LocalAddr().(*net.UDPAddr).Port), Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true},
		Log:    slog.New(slog.DiscardHandler),
	}
	if err := s.Listen(t.Context()); err == nil {
		t.Fatal("shares a port that is not shared")
	}
	_ = taken.Close()
	var stats sync.WaitGroup
	stats.Go(func() { s.Stats() }) // once
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	stats.Wait()
	defer s.sockets.close()
	conn, err := net.Dial("tcp4", netip.AddrPortFrom(loopback, s.Port()).String())
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// packetSink is a socket that keeps what is sent, with the time.
type packetSink struct {
	net.PacketConn
	mu   sync.Mutex
	sent []sentPacket
	fail bool
}

type sentPacket struct {
	b  []byte
	to string
	at time.Time
}

func (p *packetSink) WriteTo(b []byte, to net.Addr) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail {
		return 0, errors.New("network is down")
	}
	p.sent = append(p.sent, sentPacket{append([]byte(nil), b...), to.String(), time.Now()})
	return len(b), nil
}

func (p *packetSink) Close() error { return nil }

func TestBeacons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		sink := new(packetSink)
		s := &Server{
			Beacons: sink, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Config: Config{BeaconAddrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.255:0"), netip.MustParseAddrPort("10.0.0.255:5065")}},
		}
		start(t, nil, s)
		began := time.Now()
		time.Sleep(100 * time.Second)
		synctest.Wait()
		sink.mu.Lock()
		defer sink.mu.Unlock()
		var delays []time.Duration
		at := began
		for i, p := range sink.sent {
			m, _, err := protocol.Next(p.b, protocol.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			beacon := m.Beacon()
			if want := uint32(max(i-1, 0)); beacon.Counter != want || beacon.Port != 5064 || beacon.Addr.IsValid() || beacon.Minor != 13 {
				t.Errorf("beacon %d: %+v", i, beacon)
			}
			if p.to != "10.0.0.255:5065" {
				t.Errorf("beacon to %s", p.to)
			}
			delays = append(delays, p.at.Sub(at))
			at = p.at
		}
		want := []time.Duration{0}
		for d := 20 * time.Millisecond; d < 15*time.Second; d *= 2 {
			want = append(want, d)
		}
		want = append(want, 15*time.Second, 15*time.Second)
		for i, d := range want {
			if i >= len(delays) || delays[i] != d {
				t.Fatalf("delays %v, want %v first", delays, want)
			}
		}
		sink.fail = true
		sink.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		sink.mu.Lock()
		if n := strings.Count(log.String(), "cannot send"); n != 1 {
			t.Errorf("%d warnings: %s", n, log.String())
		}
		sink.fail = false
		sink.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		sink.mu.Lock()
		if n := strings.Count(log.String(), "go out again"); n != 1 {
			t.Errorf("%d notes: %s", n, log.String())
		}
	})
}

// Many announcements make one fast series of beacons, and not within 15 s of the last.
func TestAnnounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(packetSink)
		s := &Server{Beacons: sink, Config: Config{BeaconAddrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.255:0")}}}
		s.Announce() // has no effect yet
		b := start(t, nil, s)
		sent := func(within time.Duration, announcements int) (n int) {
			synctest.Wait()
			sink.mu.Lock()
			sink.sent = nil
			sink.mu.Unlock()
			for range announcements {
				s.Announce()
			}
			time.Sleep(within)
			synctest.Wait()
			sink.mu.Lock()
			defer sink.mu.Unlock()
			return len(sink.sent)
		}
		if n := sent(10*time.Second, 0); n != 8 {
			t.Errorf("%d beacons behind the first in 10 s, want 8", n)
		}
		if n := sent(4*time.Second, 1); n != 1 {
			t.Errorf("%d beacons in the 4 s after an early announcement, want 1", n)
		}
		if n := sent(2*time.Second, 0); n != 6 {
			t.Errorf("%d beacons when its time has come, want 6", n)
		}
		sent(time.Minute, 0)
		if n := sent(time.Second, 1000); n != 6 {
			t.Errorf("%d beacons in the second after many announcements, want 6", n)
		}
		b.stop()
		s.Announce()
	})
}

// memPackets is a UDP socket in memory.
type memPackets struct {
	in     chan []byte
	from   net.UDPAddr
	mu     sync.Mutex
	out    [][]byte
	closed chan struct{}
	once   sync.Once
}

func (p *memPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-p.in:
		return copy(b, d), &p.from, nil
	case <-p.closed:
		return 0, nil, net.ErrClosed
	}
}

func (p *memPackets) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out = append(p.out, append([]byte(nil), b...))
	return len(b), nil
}

func (p *memPackets) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
func (p *memPackets) LocalAddr() net.Addr              { return &net.UDPAddr{Port: 5064} }
func (p *memPackets) SetDeadline(time.Time) error      { return nil }
func (p *memPackets) SetReadDeadline(time.Time) error  { return nil }
func (p *memPackets) SetWriteDeadline(time.Time) error { return nil }

func TestSearchIgnoresAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ask := func(from string) int {
			p := &memPackets{in: make(chan []byte), closed: make(chan struct{})}
			p.from = *net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from))
			s := &Server{Packets: []net.PacketConn{p}, Config: Config{IgnoreAddrs: []netip.Addr{netip.MustParseAddr("10.0.0.7")}}}
			start(t, database(t, ao("A")), s)
			p.in <- protocol.AppendSearch(protocol.AppendVersionUDP(nil, 13, 1), 1, "A", 13, protocol.DontReply)
			synctest.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.out)
		}
		if n := ask("10.0.0.7:1000"); n != 0 {
			t.Errorf("%d answers to an address that is ignored", n)
		}
		if n := ask("[::ffff:10.0.0.7]:1000"); n != 0 {
			t.Errorf("%d answers to an address that is ignored, written for IPv6", n)
		}
		if n := ask("10.0.0.8:1000"); n != 1 {
			t.Errorf("%d answers, want 1", n)
		}
	})
}

func TestLastAddressOfANetwork(t *testing.T) {
	for in, want := range map[string]string{
		"10.1.2.3/8": "10.255.255.255", "192.168.1.7/24": "192.168.1.255", "192.168.1.7/30": "192.168.1.7", "172.16.5.4/20": "172.16.15.255",
	} {
		if got := lastOf(netip.MustParsePrefix(in)); got.String() != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}

// BenchmarkRoundTrip is a read over the loopback interface, to and fro.
func BenchmarkRoundTrip(b *testing.B) {
	s := &Server{
		Database: database(b, ao("A")), Log: slog.New(slog.DiscardHandler),
		Config: Config{AnyPort: true, Interfaces: []netip.Addr{loopback}, NoAutoBeacons: true},
	}
	ctx, cancel := context.WithCancel(b.Context())
	if err := s.Listen(ctx); err != nil {
		b.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	conn, err := net.Dial("tcp4", netip.AddrPortFrom(loopback, s.Port()).String())
	if err != nil {
		b.Fatal(err)
	}
	exchange := func(out []byte, answer int) {
		if _, err := conn.Write(out); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, answer)); err != nil {
			b.Fatal(err)
		}
	}
	in := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, "A", 13)
	exchange(in, 3*protocol.HeaderLen)
	out := protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, 0, 7)
	b.ReportAllocs()
	for b.Loop() {
		exchange(out, 24)
	}
	_ = conn.Close()
	cancel()
	<-done
}
