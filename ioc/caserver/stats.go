package caserver

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// Stats is what a [Server] has done and has. Counters wrap at 2^32.
type Stats struct {
	Clients     []ClientStats `json:"clients,omitempty"` // that are connected, the longest first
	Connected   int           `json:"connected"`         // their number
	AllChannels int           `json:"channels"`          // of all of them
	Accepted    uint32        `json:"accepted"`          // connections taken since the start
	Refused     uint32        `json:"refused"`           // connections that Limits.Circuits or CircuitsPerAddress left no room for
	Searches    uint32        `json:"searches"`          // names asked for, by UDP and TCP
	Found       uint32        `json:"found"`             // of them those that are served
	Limits      []LimitStats  `json:"limits"`
}

// LimitStats is how it stands with one of [Limits].
type LimitStats struct {
	Name  string `json:"name"`  // as in a configuration file
	Value any    `json:"value"` // what it is set to
	Held  uint32 `json:"held"`  // cases in which it held something back
}

// ClientStats is what one client has done and has.
type ClientStats struct {
	Peer          string    `json:"peer"`  // address and port
	User          string    `json:"user"`  // as it calls itself
	Host          string    `json:"host"`  // as it calls its machine
	Minor         uint16    `json:"minor"` // version 4.Minor
	Priority      uint8     `json:"priority"`
	Since         time.Time `json:"since"`
	Channels      int       `json:"channels"`
	Subscriptions int       `json:"subscriptions"`
	Events        uint32    `json:"events"`      // sent
	Drops         uint32    `json:"drops"`       // events replaced by newer ones before they could be sent
	Waiting       int       `json:"waiting"`     // subscriptions with events that are not yet sent
	Received      uint64    `json:"received"`    // bytes
	Sent          uint64    `json:"sent"`        // bytes
	Undelivered   int       `json:"undelivered"` // bytes that the client's system has not taken yet
	LastReceived  time.Time `json:"last_received,omitzero"`
	LastSent      time.Time `json:"last_sent,omitzero"`
	Names         []string  `json:"names,omitempty"` // of the channels, in a [Report] of that level
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
	undelivered   atomic.Int32
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
		Searches: s.searches.Load(), Found: s.found.Load(), AllChannels: int(s.channels.Load()),
	}
	s.mu.Lock()
	for id := range limitCount {
		st.Limits = append(st.Limits, LimitStats{id.String(), s.config.Limits.value(id), s.gates[id].held.Load()})
	}
	for c := range s.clients {
		st.Clients = append(st.Clients, c.snapshot())
	}
	s.mu.Unlock()
	st.Connected = len(st.Clients)
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
	waiting, drops := c.outbox.state()
	return ClientStats{
		Peer: c.peer, User: user, Host: host, Minor: uint16(c.minor.Load()), Priority: uint8(n.priority.Load()),
		Since: c.since, Channels: int(n.channels.Load()), Subscriptions: int(n.subscriptions.Load()),
		Events: n.events.Load(), Drops: drops, Waiting: waiting, Undelivered: int(n.undelivered.Load()), Received: n.bytesIn.Load(), Sent: n.bytesOut.Load(),
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
