package client

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
)

const (
	// searchAlone is the longest delay between searches while no repeater passes
	// beacons on: nobody tells us then that a server has come back.
	searchAlone = 30 * time.Second
	// holdRefused and holdUnknown keep a name from being searched for at once when
	// the server that answered did not take our circuit or ended it as soon, or did
	// not know the name after all (libca: disconnectGovernorTimer).
	holdRefused = time.Second
	holdUnknown = 10 * time.Second
	// retryServer is the time after which a lost name server is dialled again.
	retryServer = 5 * time.Second
	// retryRepeater is the time between two attempts to register with a repeater.
	retryRepeater = 10 * time.Second
	// maxServers limits the servers whose beacons are watched.
	maxServers = 4096
	// searchChunk is how many names are taken from the schedule at a time.
	searchChunk = 512
)

// searcher finds the servers of names. Its pacer goroutine sends what the schedule
// says and keeps the circuits' watchdogs; its listener hears the answers.
type searcher struct {
	context *Context
	wake    chan struct{} // of the pacer
	began   time.Time

	// Guarded by context.mu.
	started     bool
	ready       bool // the addresses below are known
	socket      net.PacketConn
	targets     []netip.AddrPort
	nameServers []netip.AddrPort
	retry       map[netip.AddrPort]time.Time // of lost name servers
	schedule    circuit.SearchSchedule
	ids         circuit.Table[*Channel]
	repeater    bool // one has confirmed us
	beacons     map[netip.AddrPort]*circuit.BeaconTracker

	// Owned by the pacer.
	batch        circuit.SearchBatch
	chunk        []wantedName
	nextRegister time.Time
	sendFailed   map[netip.AddrPort]bool
}

type wantedName struct {
	id   uint32
	name string
}

func (s *searcher) init(c *Context) {
	s.context = c
	s.wake = make(chan struct{}, 1)
	s.retry = map[netip.AddrPort]time.Time{}
	s.beacons = map[netip.AddrPort]*circuit.BeaconTracker{}
	s.sendFailed = map[netip.AddrPort]bool{}
	s.schedule.Max = min(c.cfg.MaxSearchPeriod, searchAlone)
}

// begin opens the socket and starts the goroutines.
func (s *searcher) begin() error {
	if s.started {
		return nil
	}
	c := s.context
	socket, err := c.cfg.ListenPacket()
	if err != nil {
		return fmt.Errorf("open a socket to search: %w", err)
	}
	s.started, s.socket, s.began = true, socket, time.Now()
	c.tasks.Go(s.listen) // ends when stop closes the socket
	c.tasks.Go(s.pace)   // ends with the Context's life
	return nil
}

// stop ends the listener.
func (s *searcher) stop() {
	if s.socket != nil {
		_ = s.socket.Close() // nothing is left to do about it
	}
}

// add searches for a channel for the first time.
func (s *searcher) add(ch *Channel) error {
	if err := s.begin(); err != nil {
		return err
	}
	id, ok := s.ids.Add(ch)
	if !ok {
		return circuit.ErrTooMany
	}
	ch.wanted = circuit.Wanted{ID: id, Name: ch.name}
	s.again(ch, 0)
	return nil
}

// again searches for a channel once hold has passed.
func (s *searcher) again(ch *Channel, hold time.Duration) {
	s.schedule.Add(&ch.wanted, time.Now().Add(hold))
	s.flush()
}

// found ends the search for a channel; its id stays, to notice a second server.
func (s *searcher) found(ch *Channel) { s.schedule.Remove(&ch.wanted) }

// remove forgets a channel.
func (s *searcher) remove(ch *Channel) {
	s.schedule.Remove(&ch.wanted)
	s.ids.Remove(ch.wanted.ID)
}

// flush wakes the pacer.
func (s *searcher) flush() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// notFound is the error that says where a name was searched for.
func (s *searcher) notFound() error {
	if !s.ready {
		return fmt.Errorf("%w (still looking up where to search)", ErrNotFound)
	}
	var where []string
	for _, a := range s.targets {
		where = append(where, a.String())
	}
	for _, a := range s.nameServers {
		where = append(where, "tcp "+a.String())
	}
	if len(where) == 0 {
		return fmt.Errorf("%w (no address to search)", ErrNotFound)
	}
	return fmt.Errorf("%w (searched %s)", ErrNotFound, strings.Join(where, " "))
}

// pace does everything that is due by the clock.
func (s *searcher) pace() {
	c := s.context
	s.resolve()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.wake:
		case <-c.life.Done():
			return
		}
		timer.Stop()
		if next := s.round(); !next.IsZero() {
			timer.Reset(max(time.Until(next), 0))
		}
	}
}

// resolve turns the configured hosts into addresses.
func (s *searcher) resolve() {
	c := s.context
	targets, err := c.cfg.searchAddresses(c.life)
	servers, e := resolveAll(c.life, c.cfg.NameServers, c.cfg.ServerPort)
	if err = errors.Join(err, e); err != nil && c.life.Err() == nil {
		c.cfg.Log.Warn("channel access: search", "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.targets, s.nameServers, s.ready = targets, servers, true
}

// round sends the searches that are due and returns when there is something to do
// next, the zero Time if only a wake can tell.
func (s *searcher) round() time.Time {
	now := time.Now()
	s.register(now)
	for s.take(now) {
		for _, w := range s.chunk {
			full, err := s.batch.Add(w.id, w.name)
			if err != nil {
				continue // the name was checked when it was added
			}
			s.send(full)
		}
		s.send(s.batch.Flush())
	}
	return s.next(now)
}

// take fills the chunk with names that are due, and passes them to name servers,
// which it dials while any name is wanted; it reports whether there were any.
func (s *searcher) take(now time.Time) bool {
	c := s.context
	c.mu.Lock()
	defer c.mu.Unlock()
	s.chunk = s.chunk[:0]
	if c.closed {
		return false
	}
	for len(s.chunk) < searchChunk {
		w := s.schedule.Due(now)
		if w == nil {
			break
		}
		s.chunk = append(s.chunk, wantedName{w.ID, w.Name})
	}
	if s.schedule.Len() > 0 {
		for _, addr := range s.nameServers {
			if n := s.nameServer(addr, now); n != nil {
				n.search(s.chunk)
			}
		}
	}
	return len(s.chunk) > 0
}

// nameServer is the circuit to a name server, nil while it is better left alone.
func (s *searcher) nameServer(addr netip.AddrPort, now time.Time) *connection {
	if t, ok := s.retry[addr]; ok && now.Before(t) {
		return nil
	}
	n := s.context.connection(endpoint{addr: addr}, 0)
	if !n.nameServer {
		n.nameServer = true
		n.users++
		delete(s.retry, addr)
		s.schedule.Anomaly(now) // it has not been asked for the others yet
	}
	return n
}

// lostServer notes that a name server has gone.
func (s *searcher) lostServer(n *connection) {
	if n.nameServer {
		s.retry[n.key.addr] = time.Now().Add(retryServer)
	}
}

// next is when the next search, watchdog or dialling of a name server is due.
func (s *searcher) next(now time.Time) time.Time {
	c := s.context
	c.mu.Lock()
	defer c.mu.Unlock()
	next := s.schedule.NextDue()
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if !s.repeater {
		sooner(s.nextRegister)
	}
	if s.schedule.Len() > 0 {
		for _, t := range s.retry {
			sooner(t)
		}
	}
	for _, n := range c.connections {
		sooner(n.tick(now))
	}
	return next
}

// register asks a repeater on this machine to pass beacons on, if there is one.
func (s *searcher) register(now time.Time) {
	c := s.context
	c.mu.Lock()
	have := s.repeater
	c.mu.Unlock()
	if have || now.Before(s.nextRegister) {
		return
	}
	s.nextRegister = now.Add(retryRepeater)
	s.sendTo(protocol.AppendRepeaterRegister(nil, netip.Addr{}),
		netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), c.cfg.RepeaterPort))
}

// send sends a datagram of searches everywhere.
func (s *searcher) send(datagram []byte) {
	if datagram == nil {
		return
	}
	for _, a := range s.targets { // set before the first round, constant since
		s.sendTo(datagram, a)
	}
}

// sendTo sends a datagram; an address that fails is complained about once.
func (s *searcher) sendTo(datagram []byte, a netip.AddrPort) {
	_, err := s.socket.WriteTo(datagram, net.UDPAddrFromAddrPort(a))
	switch {
	case err == nil:
		delete(s.sendFailed, a)
	case !s.sendFailed[a] && !errors.Is(err, net.ErrClosed):
		s.sendFailed[a] = true
		s.context.cfg.Log.Warn("channel access: search", "address", a, "error", err)
	}
}

// listen hears what comes back by UDP until the socket is closed.
func (s *searcher) listen() {
	buf := make([]byte, protocol.MaxDatagram)
	for {
		n, from, err := s.socket.ReadFrom(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) || !s.pause() {
				return
			}
			continue // an ICMP message about one destination says nothing about the others
		}
		s.datagram(buf[:n], addrPort(from))
	}
}

// datagram acts on a datagram, which may come from anybody and be anything.
func (s *searcher) datagram(b []byte, from netip.AddrPort) {
	s.context.mu.Lock()
	defer s.context.mu.Unlock()
	var reader circuit.DatagramReader
	reader.Begin(b)
	for {
		d, err := reader.Next()
		if err != nil || d.Kind == circuit.NoDatagram {
			return
		}
		s.hear(&d, from)
	}
}

// pause keeps a socket that fails again and again from spinning; it reports whether
// to go on.
func (s *searcher) pause() bool {
	t := time.NewTimer(10 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.context.life.Done():
		return false
	}
}

// addrPort is the sender of a datagram.
func addrPort(a net.Addr) netip.AddrPort {
	if u, ok := a.(*net.UDPAddr); ok {
		p := u.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	p, _ := netip.ParseAddrPort(a.String()) // an address that is none answers nothing
	return p
}

func (s *searcher) hear(d *circuit.Datagram, from netip.AddrPort) {
	switch d.Kind {
	case circuit.NameFound:
		s.answered(d.Found.CID, d.Found, from)
	case circuit.BeaconHeard:
		s.beacon(d.Beacon, from)
	case circuit.RepeaterConfirmed:
		s.repeater = true
		s.schedule.Max = s.context.cfg.MaxSearchPeriod
	}
}

// answered takes a server's answer to the search with an id, received from from.
func (s *searcher) answered(id uint32, r protocol.SearchReply, from netip.AddrPort) {
	ch, ok := s.ids.Get(id)
	if !ok || s.context.closed {
		return
	}
	server := serverAddress(r.Addr, r.Port, from)
	switch {
	case ch.state == Searching:
		ch.found(server, r.Minor)
	case ch.conn != nil && ch.conn.key.addr != server && !ch.warned:
		ch.warned = true
		s.context.cfg.Log.Warn("channel access: several servers have this name",
			"pv", ch.name, "used", ch.conn.key.addr, "ignored", server)
	}
}

// serverAddress is where a server listens that has told this much.
func serverAddress(a netip.Addr, port uint16, from netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		a = from.Addr()
	}
	if port == 0 {
		port = protocol.ServerPort
	}
	return netip.AddrPortFrom(a, port)
}

// beacon takes a server's sign of life.
func (s *searcher) beacon(b protocol.Beacon, from netip.AddrPort) {
	now := time.Now()
	server := serverAddress(b.Addr, b.Port, from)
	t := s.beacons[server]
	if t == nil {
		if len(s.beacons) >= maxServers {
			return
		}
		t = &circuit.BeaconTracker{}
		s.beacons[server] = t
	}
	anomaly, regular := t.Heard(b.Counter, now, s.began)
	if anomaly {
		s.schedule.Anomaly(now)
		s.flush()
	}
	if regular {
		for key, n := range s.context.connections {
			if key.addr == server {
				n.wire.Alive(now)
			}
		}
	}
}
