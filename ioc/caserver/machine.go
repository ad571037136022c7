package caserver

import (
	"context"
	"net"
	"net/netip"

	"github.com/ioclet/ioclet/internal/sharedport"
)

// machine is the network as a server finds it: that of the kernel, or one made up by a
// test.
type machine interface {
	// interfaces are the IPv4 addresses of the interfaces that are up.
	interfaces() ([]interfaceAddr, error)
	lookup(ctx context.Context, name string) (netip.Addr, error)
	listenTCP(ctx context.Context, at netip.AddrPort) (net.Listener, error)
	// listenUDP shares the port with other servers. at may be that of a multicast group.
	listenUDP(ctx context.Context, at netip.AddrPort) (net.PacketConn, error)
	// join has c receive what is sent to a multicast group, as far as it comes to the
	// interface with the address on.
	join(c net.PacketConn, group, on netip.Addr) error
}

// interfaceAddr is an address of an interface.
type interfaceAddr struct {
	addr      netip.Addr
	broadcast netip.Addr // not valid if there is none
	multicast bool
	loopback  bool
}

// kernel is the machine that the server runs on.
type kernel struct{}

func (kernel) interfaces() (list []interfaceAddr, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil || !prefix.Addr().Is4() {
				continue
			}
			ia := interfaceAddr{addr: prefix.Addr(), multicast: i.Flags&net.FlagMulticast != 0, loopback: i.Flags&net.FlagLoopback != 0}
			if i.Flags&net.FlagBroadcast != 0 && prefix.Bits() <= 30 {
				ia.broadcast = lastOf(prefix)
			}
			list = append(list, ia)
		}
	}
	return list, nil
}

// lastOf is the last address of a network: the one for broadcasts.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

func (kernel) lookup(ctx context.Context, name string) (netip.Addr, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", name)
	if err != nil {
		return netip.Addr{}, err
	}
	return addrs[0].Unmap(), nil
}

// listenTCP's connections send without delay and have keepalive: Go's defaults.
func (kernel) listenTCP(ctx context.Context, at netip.AddrPort) (net.Listener, error) {
	var cfg net.ListenConfig
	return cfg.Listen(ctx, "tcp4", at.String())
}

func (kernel) listenUDP(ctx context.Context, at netip.AddrPort) (net.PacketConn, error) {
	var c net.PacketConn
	var err error
	if at.Addr().IsMulticast() {
		c, err = listenGroup(at)
	} else {
		cfg := net.ListenConfig{Control: sharedport.Control}
		c, err = cfg.ListenPacket(ctx, "udp4", at.String())
	}
	if err != nil {
		return nil, err
	}
	_ = c.(*net.UDPConn).SetReadBuffer(searchBuffer) // the kernel gives what it wants to
	return c, nil
}

func (kernel) join(c net.PacketConn, group, on netip.Addr) error {
	err := withSocket(c, func(fd uintptr) error { return joinGroup(fd, group.As4(), on.As4()) })
	if isTaken(err) {
		return nil // by another address of the interface, or before it was away
	}
	return err
}

// withSocket calls f with the socket of c.
func withSocket(c net.PacketConn, f func(fd uintptr) error) error {
	raw, err := c.(*net.UDPConn).SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = f(fd) }); err != nil {
		return err
	}
	return failed
}
