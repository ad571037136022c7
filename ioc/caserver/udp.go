package caserver

import (
	"net"
	"net/netip"
	"syscall"
)

// udpSocket is a socket that searches come to, and the one they are answered from. It
// belongs to one goroutine.
type udpSocket struct {
	in, out net.PacketConn
	udp     *net.UDPConn    // in, if it is one: it reads without allocating
	raw     syscall.RawConn // of udp
	look    func(fd uintptr)
	seen    bool // by look: a datagram waits
}

// queue is a packet connection, in memory, that knows whether a datagram waits.
type queue interface{ pending() bool }

func newUDPSocket(in, out net.PacketConn) *udpSocket {
	u := &udpSocket{in: in, out: out}
	if udp, ok := in.(*net.UDPConn); ok {
		u.udp = udp
		u.raw, _ = udp.SyscallConn()
		u.look = func(fd uintptr) { u.seen = inputWaits(fd) }
	}
	return u
}

func (u *udpSocket) read(b []byte) (n int, from netip.AddrPort, err error) {
	if u.udp != nil {
		return u.udp.ReadFromUDPAddrPort(b)
	}
	n, addr, err := u.in.ReadFrom(b)
	if a, ok := addr.(*net.UDPAddr); ok {
		from = a.AddrPort()
	}
	return n, from, err
}

// pending reports whether the next read finds a datagram.
func (u *udpSocket) pending() bool {
	if q, ok := u.in.(queue); ok {
		return q.pending()
	}
	return u.raw != nil && u.raw.Control(u.look) == nil && u.seen
}

// write sends an answer. One that is lost is asked for again, so an error is no
// matter.
func (u *udpSocket) write(b []byte, to netip.AddrPort) {
	if udp, ok := u.out.(*net.UDPConn); ok {
		_, _ = udp.WriteToUDPAddrPort(b, to)
		return
	}
	_, _ = u.out.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

// searchBuffer is what the kernel is asked to keep of searches that have not been read:
// those for 10,000 names of a client that does not pace itself.
const searchBuffer = 1 << 20
