package caserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// network keeps the server's sockets and the destinations of its beacons in step with
// the interfaces of the machine, which come and go. It belongs to the goroutine of
// Listen, later to that of watch.
//
// An interface that is not there is no error: its sockets are opened when it comes. A
// socket that was opened stays open when its interface goes; it works again when the
// address is back.
type network struct {
	s       *Server
	m       machine
	places  []*place     // interfaces to listen on
	groups  []netip.Addr // multicast groups to listen to
	beacons []netip.AddrPort
	names   []hostName // not yet found

	settled  bool   // the TCP port is known: a socket listens there
	udpPort  uint16 // 0 until the kernel has chosen one
	starting bool   // errors go to Listen's caller

	reported map[string]string // what does not work, and why
}

// place is an interface to listen on, or all of them.
type place struct {
	addr      netip.Addr
	tcp       net.Listener   // nil if it could not be opened yet, as the others
	udp       net.PacketConn // searches by unicast; and of all interfaces those by broadcast
	broadcast net.PacketConn // searches by broadcast
	at        netip.Addr     // of broadcast
	members   map[member]net.PacketConn
}

// member is a membership in a multicast group.
type member struct{ group, on netip.Addr }

// hostName is a name in one of the configuration's lists.
type hostName struct {
	name string
	port uint16
	list addressList
}

type addressList uint8

const (
	interfaceList addressList = iota
	beaconList
	ignoreList
)

func newNetwork(s *Server, m machine) *network {
	n := &network{s: s, m: m, starting: true, reported: make(map[string]string)}
	c := &s.config
	for _, a := range c.Interfaces {
		n.listenOn(a)
	}
	n.beacons = slices.Clone(c.BeaconAddrs)
	if len(n.places) == 0 && len(c.InterfaceNames) == 0 {
		n.listenOn(netip.IPv4Unspecified())
	}
	if !c.AnyPort {
		n.udpPort = c.Port
	}
	for _, name := range c.InterfaceNames {
		n.names = append(n.names, hostName{name: name, list: interfaceList})
	}
	for _, text := range c.BeaconNames {
		if h, err := parseHost(text); err == nil && h.name != "" {
			n.names = append(n.names, hostName{h.name, h.port, beaconList})
		} else {
			s.log().Warn("beacon address passed over: it is no name of a host", "name", text)
		}
	}
	for _, name := range c.IgnoreNames {
		n.names = append(n.names, hostName{name: name, list: ignoreList})
	}
	return n
}

// listenOn adds an interface or a multicast group, once. All interfaces leave no place
// for others.
func (n *network) listenOn(a netip.Addr) {
	all := func(p *place) bool { return p.addr.IsUnspecified() }
	switch {
	case a.IsMulticast():
		if !slices.Contains(n.groups, a) {
			n.groups = append(n.groups, a)
		}
	case a.IsUnspecified() && len(n.places) > 0:
		n.s.log().Warn("all interfaces are given beside single ones: all are taken")
		n.places = []*place{{addr: a}}
	case slices.ContainsFunc(n.places, all) || slices.ContainsFunc(n.places, func(p *place) bool { return p.addr == a }):
	default:
		n.places = append(n.places, &place{addr: a})
	}
}

// Times of the network.
const (
	refreshPeriod = 5 * time.Second  // between looks at the interfaces
	lookupTimeout = 5 * time.Second  // for a name
	lookupPeriod  = 10 * time.Second // between two tries
	lookupAtStart = time.Second      // for the names of interfaces: those of /etc/hosts are found at once
)

// begin opens what can be opened.
func (n *network) begin(ctx context.Context) error {
	n.names = slices.DeleteFunc(n.names, func(h hostName) bool {
		if h.list != interfaceList {
			return false
		}
		ctx, cancel := context.WithTimeout(ctx, lookupAtStart)
		defer cancel()
		a, err := n.m.lookup(ctx, h.name)
		if err == nil {
			n.take(h, a)
		}
		return err == nil
	})
	if err := n.refresh(ctx); err != nil {
		return err
	}
	n.starting = false
	return nil
}

// run starts the goroutines that follow the network.
func (n *network) run(ctx context.Context, group *sync.WaitGroup) {
	found := make(chan foundName)
	if len(n.names) > 0 {
		group.Go(func() { resolve(ctx, n.s, n.m, n.names, found) }) // until all are found, or ctx ends
	}
	group.Go(func() { n.watch(ctx, found) }) // until ctx ends
}

// watch follows the interfaces and takes names that have been found, until ctx ends.
func (n *network) watch(ctx context.Context, found <-chan foundName) {
	ticker := time.NewTicker(refreshPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-found:
			n.take(f.hostName, f.addr)
		case <-ticker.C:
		}
		_ = n.refresh(ctx) // after the start it reports by itself
	}
}

// foundName is a name and what it stands for.
type foundName struct {
	hostName
	addr netip.Addr
}

// resolve looks up names until all are found or ctx ends. It is a goroutine of its own
// because a look-up may take long.
func resolve(ctx context.Context, s *Server, m machine, names []hostName, found chan<- foundName) {
	failed := make(map[string]bool)
	for len(names) > 0 {
		names = slices.DeleteFunc(names, func(h hostName) bool {
			bounded, cancel := context.WithTimeout(ctx, lookupTimeout)
			defer cancel()
			a, err := m.lookup(bounded, h.name)
			switch {
			case ctx.Err() != nil:
				return false
			case err != nil:
				if !failed[h.name] {
					s.log().Warn("cannot find the host of an address list; trying again", "name", h.name, "err", err)
					failed[h.name] = true
				}
				return false
			}
			s.log().Info("host of an address list found", "name", h.name, "address", a)
			select {
			case found <- foundName{h, a}:
			case <-ctx.Done():
			}
			return true
		})
		if len(names) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookupPeriod):
		}
	}
}

// take puts an address in the place of its name.
func (n *network) take(h hostName, a netip.Addr) {
	switch h.list {
	case interfaceList:
		n.listenOn(a)
	case beaconList:
		n.beacons = append(n.beacons, netip.AddrPortFrom(a, h.port))
	case ignoreList:
		list := append(slices.Clone(*n.s.ignored.Load()), a) // readers have the old one
		n.s.ignored.Store(&list)
	}
}

// refresh opens what can be opened now and finds where beacons go. It fails only at the
// start.
func (n *network) refresh(ctx context.Context) error {
	addrs, err := n.m.interfaces()
	n.report("list the network's interfaces", err)
	if err != nil && !n.starting {
		return nil // no reason to believe that they are gone
	}
	if err := n.openTCP(ctx); err != nil {
		return err
	}
	for _, p := range n.places {
		if err := n.openUDP(ctx, p); err != nil {
			return err
		}
		if p.udp != nil {
			n.openBroadcast(ctx, p, addrs)
			n.joinGroups(ctx, p, addrs)
		}
	}
	n.aimBeacons(addrs)
	return nil
}

// fault takes the outcome of what has to work: at the start an error goes to Listen's
// caller.
func (n *network) fault(what string, err error) error {
	if n.starting {
		return err
	}
	n.report(what, err)
	return nil
}

// reached reports how it went to listen at a place. An address that is not there is
// said in one way.
func (n *network) reached(p *place, err error) {
	if isAbsent(err) {
		err = errAbsent
	}
	n.report("listen on "+p.addr.String(), err)
}

var errAbsent = errors.New("no interface has this address")

// report logs what does not work when that begins, changes and ends. Whatever it is, it
// is tried again.
func (n *network) report(what string, err error) {
	before, failed := n.reported[what]
	switch {
	case err == nil && failed:
		delete(n.reported, what)
		n.s.log().Info("Channel Access server: can now " + what)
	case err != nil && before != err.Error():
		n.reported[what] = err.Error()
		n.s.log().Warn("Channel Access server: cannot "+what+"; trying again", "err", err)
	}
}

var errOnlyLoopback = errors.New("no interface with a broadcast address is up: only this machine is reached")

// aimBeacons finds where beacons go.
func (n *network) aimBeacons(addrs []interfaceAddr) {
	var list []netip.AddrPort
	add := func(a netip.AddrPort) {
		if a.Port() == 0 {
			a = netip.AddrPortFrom(a.Addr(), n.s.config.BeaconPort)
		}
		if !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	auto := n.places
	if n.s.config.NoAutoBeacons {
		auto = nil
	}
	for _, p := range auto {
		switch {
		case p.addr.IsLoopback():
			add(netip.AddrPortFrom(p.addr, 0))
		case p.addr.IsUnspecified():
			for _, a := range addrs {
				if a.broadcast.IsValid() {
					add(netip.AddrPortFrom(a.broadcast, 0))
				}
			}
			var err error
			if len(list) == 0 {
				add(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0))
				err = errOnlyLoopback
			}
			n.report("tell the network of this server", err)
		default:
			if b := broadcastOf(addrs, p.addr); b.IsValid() {
				add(netip.AddrPortFrom(b, 0))
			}
		}
	}
	for _, a := range n.beacons {
		add(a)
	}
	if n.s.sockets.aim(list) {
		n.s.Announce()
	}
}

// broadcastOf is the broadcast address of the interface with the address a.
func broadcastOf(addrs []interfaceAddr, a netip.Addr) netip.Addr {
	for _, i := range addrs {
		if i.addr == a {
			return i.broadcast
		}
	}
	return netip.Addr{}
}

// joinGroups keeps the memberships in multicast groups of a place. Where a socket at an
// interface's address does not hear groups it needs one at the group's.
func (n *network) joinGroups(ctx context.Context, p *place, addrs []interfaceAddr) {
	if p.members == nil {
		p.members = make(map[member]net.PacketConn)
	}
	up := make(map[netip.Addr]bool)
	for _, a := range addrs {
		if a.addr == p.addr || p.addr.IsUnspecified() && a.multicast && !a.loopback {
			up[a.addr] = true
		}
	}
	for m, c := range p.members {
		if !up[m.on] { // with the interface the membership is gone
			delete(p.members, m)
			if c != p.udp {
				n.s.sockets.closeSearches(c)
			}
		}
	}
	for _, group := range n.groups {
		for on := range up {
			m := member{group, on}
			if p.members[m] != nil {
				continue
			}
			c, err := n.join(ctx, p, m)
			n.report(fmt.Sprintf("listen to multicast group %v on %v", group, on), err)
			if err == nil {
				p.members[m] = c
			}
		}
	}
}

func (n *network) join(ctx context.Context, p *place, m member) (net.PacketConn, error) {
	if p.addr.IsUnspecified() || !separateBroadcast {
		return p.udp, n.m.join(p.udp, m.group, m.on)
	}
	c, err := n.m.listenUDP(ctx, netip.AddrPortFrom(m.group, n.udpPort))
	if err != nil {
		return nil, err
	}
	if err := n.m.join(c, m.group, m.on); err != nil {
		_ = c.Close()
		return nil, err
	}
	n.s.sockets.addSearches(newUDPSocket(c, p.udp))
	return c, nil
}
