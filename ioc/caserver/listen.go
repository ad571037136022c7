package caserver

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// portTries is how often a free port that is the same on all interfaces is looked for.
const portTries = 10

// openTCP listens on the interfaces that are there: at the configured port, or if it is
// taken on any of them at another one that is free on all (rsrv: rsrv_grab_tcp). Those
// that come later have to take the port as it is.
func (n *network) openTCP(ctx context.Context) error {
	if n.settled {
		for _, p := range n.places {
			if p.tcp == nil {
				l, err := n.m.listenTCP(ctx, netip.AddrPortFrom(p.addr, n.s.Port()))
				n.reached(p, err)
				if err == nil {
					p.tcp = l
					n.s.sockets.addListener(l)
				}
			}
		}
		return nil
	}
	port := n.s.config.Port
	err := n.listenTCP(ctx, port)
	for range portTries {
		if !isTaken(err) {
			break
		}
		if err = n.listenTCP(ctx, 0); err == nil {
			n.s.log().Warn("the Channel Access port is taken: clients that search by UDP unicast may not find this server",
				"configured", port, "used", n.s.Port())
		}
	}
	return n.fault("listen for clients", err)
}

// listenTCP listens at a port of all interfaces that are there, or on none of them.
func (n *network) listenTCP(ctx context.Context, port uint16) error {
	opened := make(map[*place]net.Listener)
	for _, p := range n.places {
		l, err := n.m.listenTCP(ctx, netip.AddrPortFrom(p.addr, port))
		if isAbsent(err) {
			n.reached(p, err)
			continue
		}
		if err != nil {
			for _, l := range opened {
				_ = l.Close()
			}
			return err
		}
		opened[p] = l
		port = portOf(l.Addr())
	}
	if len(opened) == 0 {
		return nil
	}
	n.settled = true
	n.s.port.Store(uint32(port))
	for p, l := range opened {
		p.tcp = l
		n.reached(p, nil)
		n.s.sockets.addListener(l)
	}
	return nil
}

func portOf(a net.Addr) uint16 {
	switch a := a.(type) {
	case *net.TCPAddr:
		return uint16(a.Port)
	case *net.UDPAddr:
		return uint16(a.Port)
	}
	return 0
}

// openUDP opens the socket of a place for searches, which other servers of the machine
// may share.
func (n *network) openUDP(ctx context.Context, p *place) error {
	if p.udp != nil || p.tcp == nil {
		return nil
	}
	c, err := n.m.listenUDP(ctx, netip.AddrPortFrom(p.addr, n.udpPort))
	if err == nil {
		p.udp = c
		n.udpPort = portOf(c.LocalAddr())
		n.s.sockets.addSearches(newUDPSocket(c, c))
	}
	return n.fault("answer searches on "+p.addr.String(), err)
}

// openBroadcast opens the second socket of an interface, at its broadcast address,
// where the first does not hear broadcasts. Two addresses of a network share it, so
// that a search is answered once.
func (n *network) openBroadcast(ctx context.Context, p *place, addrs []interfaceAddr) {
	if p.addr.IsUnspecified() || p.addr.IsLoopback() || !separateBroadcast {
		return
	}
	at := broadcastOf(addrs, p.addr)
	if at == p.at {
		return
	}
	if !at.IsValid() {
		if slices.ContainsFunc(addrs, func(a interfaceAddr) bool { return a.addr == p.addr }) {
			n.report("hear broadcasts on "+p.addr.String(), fmt.Errorf("the interface has no broadcast address"))
		}
		return // it may come back
	}
	if p.broadcast != nil {
		n.s.sockets.closeSearches(p.broadcast)
		p.broadcast, p.at = nil, netip.Addr{}
	}
	if slices.ContainsFunc(n.places, func(p *place) bool { return p.at == at }) {
		return
	}
	c, err := n.m.listenUDP(ctx, netip.AddrPortFrom(at, n.udpPort))
	n.report("hear broadcasts on "+p.addr.String(), err)
	if err == nil {
		p.broadcast, p.at = c, at
		n.s.sockets.addSearches(newUDPSocket(c, p.udp))
	}
}
