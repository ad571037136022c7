package caserver

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// Stats is what a [Server] has done and has. Counters wrap at 2^32.
type Stats struct {
	Clients  []ClientStats // that are connected, the longest first
	Accepted uint32        // connections taken since the start
	Refused  uint32        // connections that Limits.Circuits or CircuitsPerAddress left no room for
	Searches uint32        // names asked for, by UDP and TCP
	Found    uint32        // of them those that are served
	Limits   []LimitStats
}

// LimitStats is how it stands with one of [Limits].
type LimitStats struct {
	Name  string // as in a configuration file
	Value any    // what it is set to
	Held  uint32 // cases in which it held something back
}

// ClientStats is what one client has done and has.
type ClientStats struct {
	Peer          string // address and port
	User, Host    string // as it calls itself
	Minor         uint16 // version 4.Minor
	Priority      uint8
	Since         time.Time
	Channels      int
	Subscriptions int
	Events        uint32 // sent
	Drops         uint32 // events replaced by newer ones before they could be sent
	Received      uint64 // bytes
	Sent          uint64 // bytes
	LastReceived  time.Time
	LastSent      time.Time
}

// Channels is the number of channels of all clients.
func (s *Stats) Channels() (n int) {
	for i := range s.Clients {
		n += s.Clients[i].Channels
	}
	return n
}

// Subscriptions is the number of subscriptions of all clients.
func (s *Stats) Subscriptions() (n int) {
	for i := range s.Clients {
		n += s.Clients[i].Subscriptions
	}
	return n
}

// Drops is the number of events dropped of the clients that are connected.
func (s *Stats) Drops() (n uint32) {
	for i := range s.Clients {
		n += s.Clients[i].Drops
	}
	return n
}

// clientCounters are written by the client's goroutines and read by anyone.
type clientCounters struct {
	priority      atomic.Uint32
	channels      atomic.Int32
	subscriptions atomic.Int32
	events        atomic.Uint32
	bytesIn       atomic.Uint64
	bytesOut      atomic.Uint64
	lastIn        atomic.Int64 // Unix nanoseconds
	lastOut       atomic.Int64
}

func (c *clientCounters) received(n int) {
	c.bytesIn.Add(uint64(n))
	c.lastIn.Store(time.Now().UnixNano())
}

func (c *clientCounters) sent(n int) {
	if n > 0 {
		c.bytesOut.Add(uint64(n))
		c.lastOut.Store(time.Now().UnixNano())
	}
}

// Stats is a snapshot. It may be called at any time and from any goroutine.
func (s *Server) Stats() Stats {
	st := Stats{
		Accepted: s.accepted.Load(), Refused: s.refused.Load(),
		Searches: s.searches.Load(), Found: s.found.Load(),
	}
	for id := range limitCount {
		st.Limits = append(st.Limits, LimitStats{id.String(), s.config.Limits.value(id), s.gates[id].held.Load()})
	}
	s.mu.Lock()
	for c := range s.clients {
		st.Clients = append(st.Clients, c.snapshot())
	}
	s.mu.Unlock()
	slices.SortFunc(st.Clients, func(a, b ClientStats) int {
		if d := a.Since.Compare(b.Since); d != 0 {
			return d
		}
		return cmp.Compare(a.Peer, b.Peer)
	})
	return st
}

func (c *client) snapshot() ClientStats {
	c.stateMu.Lock()
	user, host := c.user, c.host
	c.stateMu.Unlock()
	n := &c.stats
	return ClientStats{
		Peer: c.peer, User: user, Host: host, Minor: uint16(c.minor.Load()), Priority: uint8(n.priority.Load()),
		Since: c.since, Channels: int(n.channels.Load()), Subscriptions: int(n.subscriptions.Load()),
		Events: n.events.Load(), Drops: c.drops(), Received: n.bytesIn.Load(), Sent: n.bytesOut.Load(),
		LastReceived: at(n.lastIn.Load()), LastSent: at(n.lastOut.Load()),
	}
}

// at is a time from a counter, the zero Time if it has not been set.
func at(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}
