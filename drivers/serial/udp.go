package serial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// UDP is the address of an instrument that speaks in datagrams: "192.0.2.7:5025". Each
// command is one datagram; only those of this address are heard. Whether a line is a
// datagram or several make a line is up to the device's terminator.
type UDP string

func (a UDP) String() string { return "udp " + string(a) }

// packetConn is a connection whose Read yields one datagram, as long as it has room for
// maxDatagram bytes.
type packetConn interface {
	Conn
	packets()
}

const maxDatagram = 64 << 10

// udpConn makes nothing of the news that nobody listens at the other end: an instrument
// that is switched off does not answer, whatever the network says of it.
type udpConn struct{ *net.UDPConn }

func (udpConn) packets() {}

func (c udpConn) Read(b []byte) (int, error) {
	for {
		n, err := c.UDPConn.Read(b)
		if n > 0 || err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return n, err
		}
	}
}

func (c udpConn) Write(b []byte) (int, error) {
	n, err := c.UDPConn.Write(b)
	if errors.Is(err, syscall.ECONNREFUSED) { // of the datagram before
		n, err = c.UDPConn.Write(b)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return len(b), nil
	}
	return n, err
}

// Dial opens a socket for a; that nobody is there shows only later.
func (a UDP) Dial(ctx context.Context) (Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", string(a))
	if err != nil {
		return nil, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", a, err)}
	}
	to := conn.RemoteAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	if to.IsMulticast() || isBroadcast(to) {
		conn.Close()
		return nil, fmt.Errorf("%s: an address of many: expected that of the instrument, from which its answers come", a)
	}
	return udpConn{conn.(*net.UDPConn)}, nil
}

// isBroadcast reports whether a stands for all hosts, of the network or of one that this
// machine is in.
func isBroadcast(a netip.Addr) bool {
	if a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	networks, err := net.InterfaceAddrs()
	if err != nil || !a.Is4() {
		return false
	}
	for _, n := range networks {
		network, ok := n.(*net.IPNet)
		if !ok || !network.Contains(a.AsSlice()) {
			continue
		}
		if ones, bits := network.Mask.Size(); bits == 32 && ones < 31 && onesFrom(a.As4(), ones) {
			return true
		}
	}
	return false
}

// onesFrom reports whether all bits of a from bit n on are ones.
func onesFrom(a [4]byte, n int) bool {
	host := uint32(1)<<(32-n) - 1
	return (uint32(a[0])<<24|uint32(a[1])<<16|uint32(a[2])<<8|uint32(a[3]))&host == host
}
