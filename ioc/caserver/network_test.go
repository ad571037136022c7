package caserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeMachine has interfaces, names and ports that come and go.
type fakeMachine struct {
	t testing.TB

	mu      sync.Mutex
	up      []interfaceAddr
	hosts   map[string]netip.Addr
	taken   map[netip.AddrPort]bool // by another server's TCP
	broken  error                   // of interfaces
	sockets map[netip.AddrPort][]*fakeUDP
	tcp     map[netip.AddrPort]bool
	next    uint16
	lookups int
}

type fakeTCP struct {
	*memListener
	machine *fakeMachine
	at      netip.AddrPort
}

func (l *fakeTCP) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

func (l *fakeTCP) Close() error {
	l.machine.mu.Lock()
	delete(l.machine.tcp, l.at)
	l.machine.mu.Unlock()
	return l.memListener.Close()
}

// fakeUDP receives what fakeMachine.send gives it.
type fakeUDP struct {
	memPackets
	machine *fakeMachine
	at      netip.AddrPort
	groups  []member
}

func (u *fakeUDP) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(u.at) }

func (u *fakeUDP) Close() error {
	u.machine.mu.Lock()
	all := u.machine.sockets[u.at]
	u.machine.sockets[u.at] = slices.DeleteFunc(all, func(o *fakeUDP) bool { return o == u })
	u.machine.mu.Unlock()
	return u.memPackets.Close()
}

func newMachine(t testing.TB, up ...interfaceAddr) *fakeMachine {
	return &fakeMachine{
		t: t, up: up, hosts: map[string]netip.Addr{}, taken: map[netip.AddrPort]bool{},
		sockets: map[netip.AddrPort][]*fakeUDP{}, tcp: map[netip.AddrPort]bool{}, next: 40000,
	}
}

func (m *fakeMachine) interfaces() ([]interfaceAddr, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.up), m.broken
}

func (m *fakeMachine) set(up ...interfaceAddr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.up = up
}

func (m *fakeMachine) lookup(ctx context.Context, name string) (netip.Addr, error) {
	m.mu.Lock()
	a, ok := m.hosts[name]
	m.lookups++
	m.mu.Unlock()
	if ok {
		return a, nil
	}
	<-ctx.Done() // no server of names answers
	return netip.Addr{}, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true}
}

// has reports whether a socket can be bound to the address. The lock is held.
func (m *fakeMachine) has(a netip.Addr) bool {
	return a.IsUnspecified() || a.IsMulticast() || slices.ContainsFunc(m.up, func(i interfaceAddr) bool { return i.addr == a || i.broadcast == a })
}

var errTaken, errNotHere = os.NewSyscallError("bind", takenErrno), os.NewSyscallError("bind", absentErrno)

func (m *fakeMachine) listenTCP(_ context.Context, at netip.AddrPort) (net.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.Port() == 0 {
		m.next++
		at = netip.AddrPortFrom(at.Addr(), m.next)
	}
	switch {
	case !m.has(at.Addr()):
		return nil, errNotHere
	case m.taken[at] || m.tcp[at]:
		return nil, errTaken
	}
	m.tcp[at] = true
	return &fakeTCP{newMemListener(), m, at}, nil
}

func (m *fakeMachine) listenUDP(_ context.Context, at netip.AddrPort) (net.PacketConn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.has(at.Addr()) {
		return nil, errNotHere
	}
	u := &fakeUDP{machine: m, at: at, memPackets: memPackets{in: make(chan []byte), closed: make(chan struct{})}}
	u.from = *net.UDPAddrFromAddrPort(netip.MustParseAddrPort("10.7.7.7:1000"))
	m.sockets[at] = append(m.sockets[at], u)
	return u, nil
}

func (m *fakeMachine) join(c net.PacketConn, group, on netip.Addr) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.has(on) {
		return syscall.ENODEV
	}
	u := c.(*fakeUDP)
	u.groups = append(u.groups, member{group, on})
	return nil
}

// open lists the addresses of the open sockets.
func (m *fakeMachine) open() (list []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for a := range m.tcp {
		list = append(list, fmt.Sprint("tcp ", a))
	}
	for a, all := range m.sockets {
		for _, u := range all {
			line := fmt.Sprint("udp ", a)
			for _, g := range u.groups {
				line += fmt.Sprint(" ", g.group, "@", g.on)
			}
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}

// ask sends a search for A to every socket that hears datagrams to the address at the
// port, and counts the answers by the socket that sends them.
func (m *fakeMachine) ask(at string) map[string]int {
	m.mu.Lock()
	hear := slices.Clone(m.sockets[netip.MustParseAddrPort(at)])
	var all []*fakeUDP
	for _, s := range m.sockets {
		all = append(all, s...)
	}
	m.mu.Unlock()
	for _, u := range hear {
		u.in <- searchFor(1, 1, "A")
	}
	synctest.Wait()
	answers := map[string]int{}
	for _, u := range all {
		u.memPackets.mu.Lock()
		if n := len(u.out); n > 0 {
			answers[u.at.String()] += n
		}
		u.out = nil
		u.memPackets.mu.Unlock()
	}
	return answers
}

func up(addr, broadcast string) interfaceAddr {
	a := interfaceAddr{addr: netip.MustParseAddr(addr), multicast: true}
	if broadcast != "" {
		a.broadcast = netip.MustParseAddr(broadcast)
	}
	return a
}

var lo = interfaceAddr{addr: loopback, loopback: true}

// served runs a server on m, with the text of its log; f runs in a bubble, beside it.
func served(t *testing.T, m *fakeMachine, c Config, f func(s *Server, log *syncedText)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := new(syncedText)
		s := &Server{Database: database(t, ao("A")), Config: c, Log: slog.New(slog.NewTextHandler(log, nil)), machine: m}
		ctx, cancel := context.WithCancel(t.Context())
		if err := s.Listen(ctx); err != nil {
			t.Fatal(err)
		}
		sink := new(packetSink)
		_ = s.sockets.beacons.Close()
		s.sockets.beacons = sink
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		f(s, log)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if left := m.open(); len(left) > 0 {
			t.Errorf("left open: %v", left)
		}
	})
}

type syncedText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *syncedText) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(b)
}

// count is how often the log has said s.
func (x *syncedText) count(s string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.Count(x.b.String(), s)
}

func (x *syncedText) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
}

func addrs(list ...string) (out []netip.Addr) {
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func addrPorts(list ...string) (out []netip.AddrPort) {
	for _, a := range list {
		out = append(out, netip.MustParseAddrPort(a))
	}
	return out
}

// sameLists compares lists of addresses.
func sameLists(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

// Several interfaces each have a socket for unicast and one for broadcasts, on which a
// search is answered once, from the interface's own address.
func TestInterfaces(t *testing.T) {
	if !separateBroadcast {
		t.Skip("sockets at an interface's address hear its broadcasts here")
	}
	m := newMachine(t, lo, up("10.0.0.1", "10.0.0.255"), up("10.0.0.2", "10.0.0.255"), up("10.1.0.1", "10.1.255.255"))
	served(t, m, Config{Interfaces: addrs("10.0.0.1", "10.0.0.2", "127.0.0.1", "10.1.0.1", "10.0.0.1")}, func(s *Server, _ *syncedText) {
		sameLists(t, "sockets", m.open(), []string{
			"tcp 10.0.0.1:5064", "tcp 10.0.0.2:5064", "tcp 10.1.0.1:5064", "tcp 127.0.0.1:5064",
			"udp 10.0.0.1:5064", "udp 10.0.0.255:5064", "udp 10.0.0.2:5064", "udp 10.1.0.1:5064", "udp 10.1.255.255:5064", "udp 127.0.0.1:5064",
		})
		for at, from := range map[string]string{
			"10.0.0.255:5064": "10.0.0.1:5064", "10.0.0.2:5064": "10.0.0.2:5064", "10.1.255.255:5064": "10.1.0.1:5064", "127.0.0.1:5064": "127.0.0.1:5064",
		} {
			if d := cmp.Diff(map[string]int{from: 1}, m.ask(at)); d != "" {
				t.Errorf("answers to a search at %s: %s", at, d)
			}
		}
		sameLists(t, "beacons", s.sockets.destinations(), addrPorts("10.0.0.255:5065", "127.0.0.1:5065", "10.1.255.255:5065"))
	})
}

// An interface that is not there at the start is said once, waited for, and joined with
// sockets and beacons; it may go and come again, with another network.
func TestInterfaceComesLater(t *testing.T) {
	if !separateBroadcast {
		t.Skip("sockets at an interface's address hear its broadcasts here")
	}
	m := newMachine(t, lo)
	served(t, m, Config{Interfaces: addrs("10.0.0.1")}, func(s *Server, log *syncedText) {
		if s.Port() != 5064 || s.SearchPort() != 5064 || len(m.open()) > 0 {
			t.Errorf("port %d, search port %d, %v", s.Port(), s.SearchPort(), m.open())
		}
		wait(t, time.Minute)
		if n := log.count("cannot listen on 10.0.0.1"); n != 1 {
			t.Errorf("said %d times that an interface is not there: %s", n, log)
		}
		sink := s.sockets.beacons.(*packetSink)
		m.set(lo, up("10.0.0.1", "10.0.0.255"))
		wait(t, refreshPeriod)
		want := []string{"tcp 10.0.0.1:5064", "udp 10.0.0.1:5064", "udp 10.0.0.255:5064"}
		sameLists(t, "sockets", m.open(), want)
		if n := log.count("can now listen on 10.0.0.1"); n != 1 {
			t.Errorf("said %d times that it is there: %s", n, log)
		}
		wait(t, time.Second)
		sink.mu.Lock()
		if n := len(sink.sent); n < 5 || sink.sent[0].to != "10.0.0.255:5065" {
			t.Errorf("%d beacons within a second", n)
		}
		sink.mu.Unlock()

		m.set(lo)
		wait(t, time.Minute)
		sameLists(t, "sockets without the interface", m.open(), want)
		m.set(lo, up("10.0.0.1", "10.0.255.255"))
		wait(t, refreshPeriod)
		sameLists(t, "sockets in another network", m.open(), []string{"tcp 10.0.0.1:5064", "udp 10.0.0.1:5064", "udp 10.0.255.255:5064"})
		if d := cmp.Diff(map[string]int{"10.0.0.1:5064": 1}, m.ask("10.0.255.255:5064")); d != "" {
			t.Error(d)
		}
	})
}

// Without any network this machine is served; when an interface comes beacons go there.
// A list of interfaces that cannot be had changes nothing.
func TestNoNetwork(t *testing.T) {
	m := newMachine(t)
	served(t, m, Config{}, func(s *Server, log *syncedText) {
		sameLists(t, "sockets", m.open(), []string{"tcp 0.0.0.0:5064", "udp 0.0.0.0:5064"})
		sameLists(t, "beacons", s.sockets.destinations(), addrPorts("127.0.0.1:5065"))
		wait(t, time.Minute)
		if n := log.count("only this machine is reached"); n != 1 {
			t.Errorf("said %d times: %s", n, log)
		}
		m.set(lo, up("10.0.0.1", "10.0.0.255"), up("10.5.0.1", ""))
		wait(t, refreshPeriod)
		sameLists(t, "beacons", s.sockets.destinations(), addrPorts("10.0.0.255:5065"))
		if n := log.count("can now tell the network"); n != 1 {
			t.Errorf("said %d times: %s", n, log)
		}
		m.mu.Lock()
		m.broken, m.up = errors.New("no netlink"), nil
		m.mu.Unlock()
		wait(t, time.Minute)
		sameLists(t, "beacons", s.sockets.destinations(), addrPorts("10.0.0.255:5065"))
		if n := log.count("no netlink"); n != 1 {
			t.Errorf("said %d times: %s", n, log)
		}
	})
}

// A server whose port is taken on one interface uses another one on all, and keeps the
// port for searches; an interface that comes later gets the same, or is waited for.
func TestPortTakenOnAnInterface(t *testing.T) {
	m := newMachine(t, up("10.0.0.1", ""), up("10.1.0.1", ""))
	m.taken[netip.MustParseAddrPort("10.1.0.1:5064")] = true
	m.taken[netip.MustParseAddrPort("10.2.0.1:40001")] = true
	served(t, m, Config{Interfaces: addrs("10.0.0.1", "10.1.0.1", "10.2.0.1")}, func(s *Server, log *syncedText) {
		want := []string{"tcp 10.0.0.1:40001", "tcp 10.1.0.1:40001", "udp 10.0.0.1:5064", "udp 10.1.0.1:5064"}
		sameLists(t, "sockets", m.open(), want)
		if n := log.count("port is taken"); n != 1 || s.Port() != 40001 || s.SearchPort() != 5064 {
			t.Errorf("port %d, search port %d, %d warnings", s.Port(), s.SearchPort(), n)
		}
		m.set(up("10.0.0.1", ""), up("10.1.0.1", ""), up("10.2.0.1", ""))
		wait(t, time.Minute)
		sameLists(t, "sockets beside another server", m.open(), want)
		m.mu.Lock()
		clear(m.taken)
		m.mu.Unlock()
		wait(t, refreshPeriod)
		sameLists(t, "sockets when it has gone", m.open(), []string{
			"tcp 10.0.0.1:40001", "tcp 10.1.0.1:40001", "tcp 10.2.0.1:40001", "udp 10.0.0.1:5064", "udp 10.1.0.1:5064", "udp 10.2.0.1:5064",
		})
	})
}

// Multicast groups are joined on each interface, also on those that come later, and
// their searches answered from the interface's address.
func TestMulticast(t *testing.T) {
	if !separateBroadcast {
		t.Skip("sockets at an interface's address hear its groups here")
	}
	m := newMachine(t, lo, up("10.0.0.1", ""))
	served(t, m, Config{Interfaces: addrs("224.0.2.9", "10.0.0.1", "10.1.0.1"), MulticastTTL: 3}, func(_ *Server, _ *syncedText) {
		sameLists(t, "sockets", m.open(), []string{"tcp 10.0.0.1:5064", "udp 10.0.0.1:5064", "udp 224.0.2.9:5064 224.0.2.9@10.0.0.1"})
		if d := cmp.Diff(map[string]int{"10.0.0.1:5064": 1}, m.ask("224.0.2.9:5064")); d != "" {
			t.Error(d)
		}
		m.set(lo, up("10.1.0.1", ""))
		wait(t, refreshPeriod)
		sameLists(t, "sockets with another interface", m.open(), []string{
			"tcp 10.0.0.1:5064", "tcp 10.1.0.1:5064", "udp 10.0.0.1:5064", "udp 10.1.0.1:5064", "udp 224.0.2.9:5064 224.0.2.9@10.1.0.1",
		})
	})
	m = newMachine(t, lo)
	served(t, m, Config{Interfaces: addrs("224.0.2.9")}, func(_ *Server, _ *syncedText) {
		sameLists(t, "sockets of all interfaces", m.open(), []string{"tcp 0.0.0.0:5064", "udp 0.0.0.0:5064"})
		m.set(lo, up("10.0.0.1", "10.0.0.255"))
		wait(t, refreshPeriod)
		sameLists(t, "sockets of all interfaces", m.open(), []string{"tcp 0.0.0.0:5064", "udp 0.0.0.0:5064 224.0.2.9@10.0.0.1"})
	})
}

// Names are looked up beside the server: it runs without, says once that one is not
// found, and uses it when it is.
func TestHostNames(t *testing.T) {
	m := newMachine(t, lo, up("10.0.0.1", ""), up("10.1.0.1", ""))
	m.hosts["here"] = netip.MustParseAddr("10.0.0.1")
	c := Config{InterfaceNames: []string{"here", "there"}, BeaconNames: []string{"display:6065", "not a name"}, IgnoreNames: []string{"scanner", "probe"}}
	served(t, m, c, func(s *Server, log *syncedText) {
		sameLists(t, "sockets", m.open(), []string{"tcp 10.0.0.1:5064", "udp 10.0.0.1:5064"})
		wait(t, time.Minute)
		if n := log.count("cannot find the host"); n != 4 {
			t.Errorf("said %d times that a host is not found: %s", n, log)
		}
		if n := len(m.ask("10.0.0.1:5064")); n != 1 {
			t.Errorf("%d answers", n)
		}
		m.mu.Lock()
		m.hosts = map[string]netip.Addr{"there": netip.MustParseAddr("10.1.0.1"), "display": netip.MustParseAddr("10.0.0.9"), "scanner": netip.MustParseAddr("10.7.7.7")}
		m.mu.Unlock()
		wait(t, time.Minute)
		sameLists(t, "sockets", m.open(), []string{"tcp 10.0.0.1:5064", "tcp 10.1.0.1:5064", "udp 10.0.0.1:5064", "udp 10.1.0.1:5064"})
		sameLists(t, "beacons", s.sockets.destinations(), addrPorts("10.0.0.9:6065"))
		if n := len(m.ask("10.0.0.1:5064")); n != 0 {
			t.Errorf("%d answers to one that is ignored", n)
		}
		ignored := s.ignored.Load() // a search may be using it
		m.mu.Lock()
		m.hosts["probe"] = netip.MustParseAddr("10.7.7.8")
		m.mu.Unlock()
		wait(t, time.Minute)
		sameLists(t, "ignored before", *ignored, addrs("10.7.7.7"))
		sameLists(t, "ignored", *s.ignored.Load(), addrs("10.7.7.7", "10.7.7.8"))
		m.mu.Lock()
		before := m.lookups
		m.mu.Unlock()
		wait(t, time.Minute)
		m.mu.Lock()
		if m.lookups != before {
			t.Errorf("looks up what it has found")
		}
		m.mu.Unlock()
	})
}

func TestDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(syncedText)
		s := &Server{Config: Config{Disabled: true}, Log: slog.New(slog.NewTextHandler(log, nil)), machine: newMachine(t)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		if n := log.count("switched off"); n != 1 || s.Port() != 0 {
			t.Errorf("port %d; %s", s.Port(), log)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// What the kernel says of this machine's interfaces fits together.
func TestKernelInterfaces(t *testing.T) {
	list, err := kernel{}.interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if !i.addr.Is4() || i.broadcast.IsValid() && (i.loopback || i.broadcast == i.addr) {
			t.Errorf("%+v", i)
		}
	}
	if a, err := (kernel{}).lookup(t.Context(), "localhost"); err != nil || !a.IsLoopback() {
		t.Errorf("localhost: %v, %v", a, err)
	}
}
