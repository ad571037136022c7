package caserver

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioclet/ioclet/protocol"
)

// Two servers of a machine share the port for searches: both hear what is broadcast.
func TestServersShareBroadcasts(t *testing.T) {
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := portOf(free.LocalAddr())
	_ = free.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ports := make(map[uint16]bool)
	for range 2 {
		s := &Server{Database: database(t, ao("A")), Config: Config{Port: port, NoAutoBeacons: true}, Log: slog.New(slog.DiscardHandler)}
		if err := s.Listen(ctx); err != nil {
			t.Fatal(err)
		}
		ports[s.Port()] = true
		ended.Go(func() { _ = s.Run(ctx) }) // until ctx ends
	}
	defer ended.Wait()
	defer cancel()
	client, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	to := &net.UDPAddr{IP: net.IPv4(127, 255, 255, 255), Port: int(port)}
	if _, err := client.WriteTo(searchFor(1, 1, "A"), to); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, protocol.MaxDatagram)
	for range 2 {
		n, _, err := client.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		m := messages(t, b[:n])
		delete(ports, uint16(m[len(m)-1].DataType))
	}
	if len(ports) > 0 {
		t.Errorf("no answer from the servers at %v", ports)
	}
}

// The kernel delivers what is sent to a group that a socket has joined.
func TestMulticastOnLoopback(t *testing.T) {
	s := &Server{
		Database: database(t, ao("A")), Log: slog.New(slog.DiscardHandler),
		Config: Config{AnyPort: true, Interfaces: addrs("127.0.0.1", "239.1.2.3"), NoAutoBeacons: true},
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	if a := s.sockets.searches[1].in.LocalAddr().(*net.UDPAddr); a.AddrPort() != netip.AddrPortFrom(netip.MustParseAddr("239.1.2.3"), s.SearchPort()) {
		t.Errorf("the group's socket is bound to %v: it hears what is not the group's", a)
	}
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	client, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := withSocket(client, func(fd uintptr) error { return sendGroups(fd, 1, loopback.As4()) }); err != nil {
		t.Fatal(err)
	}
	if _, err := client.WriteTo(searchFor(1, 1, "A"), &net.UDPAddr{IP: net.IPv4(239, 1, 2, 3), Port: int(s.SearchPort())}); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, protocol.MaxDatagram)
	n, from, err := client.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	if cids, _ := found(t, b[:n]); len(cids) != 1 || from.(*net.UDPAddr).AddrPort() != netip.AddrPortFrom(loopback, s.SearchPort()) {
		t.Errorf("%v found by %v", cids, from)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// An interface with two addresses, or one that has come back with another one, is in the
// group already.
func TestJoinTwice(t *testing.T) {
	c, err := kernel{}.listenUDP(t.Context(), netip.AddrPortFrom(netip.IPv4Unspecified(), 0))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		if err := (kernel{}).join(c, netip.MustParseAddr("239.1.2.3"), loopback); err != nil {
			t.Error(err)
		}
	}
}

// Circuits send without delay, and find out in the end that a client has vanished.
func TestCircuitOptions(t *testing.T) {
	l, err := kernel{}.listenTCP(t.Context(), netip.AddrPortFrom(loopback, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string][2]int{"TCP_NODELAY": {unix.IPPROTO_TCP, unix.TCP_NODELAY}, "SO_KEEPALIVE": {unix.SOL_SOCKET, unix.SO_KEEPALIVE}} {
		var on int
		if err := raw.Control(func(fd uintptr) { on, err = unix.GetsockoptInt(int(fd), option[0], option[1]) }); err != nil || on != 1 {
			t.Errorf("%s is %d, %v", name, on, err)
		}
	}
}
