package caserver

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// sockets are what a server has open, and where its beacons go. They come and go while
// it runs.
type sockets struct {
	mu        sync.Mutex
	listeners []net.Listener
	searches  []*udpSocket
	beacons   net.PacketConn
	beaconTo  []netip.AddrPort
	accept    func(net.Listener) // serves a listener; nil before and after the server's run
	answer    func(*udpSocket)   // serves a socket for searches
	closed    bool
}

// run serves what is open and what will be.
func (s *sockets) run(accept func(net.Listener), answer func(*udpSocket)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accept, s.answer = accept, answer
	for _, l := range s.listeners {
		accept(l)
	}
	for _, u := range s.searches {
		answer(u)
	}
}

func (s *sockets) addListener(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = l.Close()
		return
	}
	s.listeners = append(s.listeners, l)
	if s.accept != nil {
		s.accept(l)
	}
}

func (s *sockets) addSearches(u *udpSocket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = u.in.Close()
		return
	}
	s.searches = append(s.searches, u)
	if s.answer != nil {
		s.answer(u)
	}
}

// closeSearches ends the answering of searches that come to c.
func (s *sockets) closeSearches(c net.PacketConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.searches = slices.DeleteFunc(s.searches, func(u *udpSocket) bool { return u.in == c })
	_ = c.Close()
}

// aim sets where beacons go, and reports whether there is a new destination.
func (s *sockets) aim(list []netip.AddrPort) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	more = slices.ContainsFunc(list, func(a netip.AddrPort) bool { return !slices.Contains(s.beaconTo, a) })
	s.beaconTo = list
	return more
}

// destinations are where beacons go; the list does not change.
func (s *sockets) destinations() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.beaconTo
}

// searchPort is the port of the first socket for searches.
func (s *sockets) searchPort() (port uint16, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.searches) == 0 {
		return 0, false
	}
	return portOf(s.searches[0].in.LocalAddr()), true
}

func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, l := range s.listeners {
		_ = l.Close()
	}
	for _, u := range s.searches {
		_ = u.in.Close()
	}
	if s.beacons != nil {
		_ = s.beacons.Close()
	}
}

// reset forgets what was closed, so that sockets can be opened again.
func (s *sockets) reset() {
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners, s.searches, s.beacons, s.beaconTo, s.closed = nil, nil, nil, nil, false
}

// sendFrom sets where beacons come from; nil: nowhere.
func (s *sockets) sendFrom(c net.PacketConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beacons = c
}
