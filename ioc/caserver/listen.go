package caserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// open opens all sockets.
func (s *Server) open(ctx context.Context) error {
	if err := s.openTCP(ctx); err != nil {
		return err
	}
	for i, a := range s.config.Interfaces {
		port := s.config.Port
		if s.config.AnyPort && i > 0 {
			port = s.SearchPort()
		}
		if err := s.openUDP(ctx, a, port); err != nil {
			return err
		}
	}
	beacons, err := net.ListenPacket("udp4", ":0")
	if err != nil {
		return fmt.Errorf("socket for beacons: %w", err)
	}
	s.Beacons = beacons
	s.beaconTo = s.beaconAddrs(!s.config.NoAutoBeacons)
	if len(s.beaconTo) == 0 {
		s.log().Warn("no address to send Channel Access beacons to")
	}
	return nil
}

// portTries is how often a free port that is the same on all interfaces is looked for.
const portTries = 10

// openTCP listens on all interfaces at the configured port, or if it is taken on any
// of them at another one that is free on all (rsrv: rsrv_grab_tcp).
func (s *Server) openTCP(ctx context.Context) error {
	err := s.listenTCP(ctx, s.config.Port)
	if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	for range portTries {
		if err = s.listenTCP(ctx, 0); err == nil {
			s.log().Warn("the Channel Access port is taken: clients that search by UDP unicast may not find this server",
				"configured", s.config.Port, "used", s.port)
			return nil
		}
	}
	return err
}

func (s *Server) listenTCP(ctx context.Context, port uint16) error {
	var cfg net.ListenConfig
	for _, a := range s.config.Interfaces {
		l, err := cfg.Listen(ctx, "tcp4", hostPort(a, port))
		if err != nil {
			for _, l := range s.Listeners {
				_ = l.Close()
			}
			s.Listeners = nil
			return err
		}
		s.Listeners = append(s.Listeners, l)
		port = uint16(l.Addr().(*net.TCPAddr).Port)
	}
	s.port = port
	return nil
}

// openUDP opens the sockets of an interface for searches: at its address and, where
// that receives no broadcasts, at its broadcast address. Other servers of the machine
// may share them.
func (s *Server) openUDP(ctx context.Context, a netip.Addr, port uint16) error {
	cfg := net.ListenConfig{Control: shareAddress}
	own, err := cfg.ListenPacket(ctx, "udp4", hostPort(a, port))
	if err != nil {
		return err
	}
	enlarge(own)
	s.Packets = append(s.Packets, own)
	s.sockets = append(s.sockets, newUDPSocket(own, own))
	if a.IsUnspecified() || a.IsLoopback() || !separateBroadcast {
		return nil
	}
	port = uint16(own.LocalAddr().(*net.UDPAddr).Port) // it may have been left to the kernel
	all, ok := broadcastOf(a)
	if !ok {
		s.log().Warn("no broadcast address: searches by broadcast are not heard", "interface", a)
		return nil
	}
	broadcast, err := cfg.ListenPacket(ctx, "udp4", hostPort(all, port))
	if err != nil {
		return err
	}
	enlarge(broadcast)
	s.Packets = append(s.Packets, broadcast)
	s.sockets = append(s.sockets, newUDPSocket(broadcast, own))
	return nil
}

func hostPort(a netip.Addr, port uint16) string {
	return net.JoinHostPort(a.String(), strconv.Itoa(int(port)))
}

// beaconAddrs is where beacons go; auto adds the interfaces' broadcast addresses.
func (s *Server) beaconAddrs(auto bool) (list []net.UDPAddr) {
	seen := make(map[netip.AddrPort]bool)
	add := func(a netip.AddrPort) {
		if a.Port() == 0 {
			a = netip.AddrPortFrom(a.Addr(), s.config.BeaconPort)
		}
		if !seen[a] {
			seen[a] = true
			list = append(list, *net.UDPAddrFromAddrPort(a))
		}
	}
	if auto {
		for _, a := range s.config.Interfaces {
			switch {
			case a.IsUnspecified():
				for _, b := range broadcasts() {
					add(netip.AddrPortFrom(b, 0))
				}
			case a.IsLoopback():
				add(netip.AddrPortFrom(a, 0))
			default:
				if b, ok := broadcastOf(a); ok {
					add(netip.AddrPortFrom(b, 0))
				}
			}
		}
	}
	for _, a := range s.config.BeaconAddrs {
		add(a)
	}
	return list
}

// broadcasts are the broadcast addresses of the interfaces that are up.
func broadcasts() (list []netip.Addr) {
	eachAddress(func(_, broadcast netip.Addr) { list = append(list, broadcast) })
	return list
}

// broadcastOf is the broadcast address of the interface with the address a.
func broadcastOf(a netip.Addr) (b netip.Addr, ok bool) {
	eachAddress(func(address, broadcast netip.Addr) {
		if address == a {
			b, ok = broadcast, true
		}
	})
	return b, ok
}

// eachAddress calls f with every IPv4 address of an interface that is up and can
// broadcast. A machine that does not tell has none.
func eachAddress(f func(address, broadcast netip.Addr)) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagBroadcast == 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil || !prefix.Addr().Is4() || prefix.Bits() > 30 {
				continue
			}
			f(prefix.Addr(), lastOf(prefix))
		}
	}
}

// lastOf is the last address of a network: the one for broadcasts.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}
