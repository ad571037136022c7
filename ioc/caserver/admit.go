package caserver

import (
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// gracePeriod is how long a client may take to ask for something before it has to
// make room for others.
const gracePeriod = 5 * time.Second

// admit takes a client in, with mu held. Where there are too many already, one that
// has not asked for anything makes room: connections that are of no use yet keep nobody
// out. ok is false if the client cannot be taken.
func (s *Server) admit(c *client) (ok bool) {
	lim := &s.config.Limits
	switch {
	case s.closing:
		return false
	case c.address.IsValid() && s.perAddress[c.address] >= lim.CircuitsPerAddress:
		s.hold(limitCircuitsPerAddress, c.peer)
		ok = s.evict(func(other *client) bool { return other.address == c.address })
	case len(s.clients) >= lim.Circuits:
		s.hold(limitCircuits, c.peer)
		ok = s.evict(func(*client) bool { return true })
	default:
		ok = true
	}
	if !ok {
		s.refused.Add(1)
		return false
	}
	s.accepted.Add(1)
	s.clients[c] = struct{}{}
	if c.address.IsValid() {
		s.perAddress[c.address]++
	}
	return true
}

// evict drops the oldest client that may go and has not asked for anything in the
// time it had, with mu held; false if there is none.
func (s *Server) evict(may func(*client) bool) bool {
	var oldest *client
	for c := range s.clients {
		if !c.settled.Load() && time.Since(c.since) > gracePeriod && may(c) && (oldest == nil || c.since.Before(oldest.since)) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	oldest.giveUp("makes room for others", slog.LevelDebug)
	_ = oldest.conn.Close()
	s.forget(oldest)
	return true
}

// forget counts a client out, with mu held. It is idempotent.
func (s *Server) forget(c *client) {
	if _, ok := s.clients[c]; !ok {
		return
	}
	delete(s.clients, c)
	if !c.address.IsValid() {
		return
	}
	if s.perAddress[c.address]--; s.perAddress[c.address] == 0 {
		delete(s.perAddress, c.address)
	}
}

// addressOf is what the clients of one machine have in common, the zero Addr where
// there is no IP.
func addressOf(peer net.Addr) netip.Addr {
	if a, ok := peer.(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
