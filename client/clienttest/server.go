package clienttest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// Address is where a [Server] is found in memory.
var Address = netip.MustParseAddrPort("127.0.0.1:5064")

// PV is one name of a [Server].
type PV struct {
	Type   dbr.Type // native type: a plain one
	Count  uint32   // most elements; 0: those of Value
	Value  pv.Value
	Time   pv.Stamp
	Alarm  pv.Alarm
	Info   pv.Info
	Denied protocol.Access // rights that clients do not have
	Held   bool            // puts with completion wait for [Server.Release]
	Refuse protocol.Status // what puts are answered with, 0: they are carried out
}

// entry is a PV with its puts that wait.
type entry struct {
	PV
	held []func(protocol.Status)
}

// Server is a Channel Access server in memory. Make it with [NewServer]. Its methods
// may be called from any goroutine; those that name a PV panic if it has not been
// added.
type Server struct {
	network *network
	tasks   sync.WaitGroup

	mu       sync.Mutex
	pvs      map[string]*entry
	conns    map[*conn]struct{}
	searches map[string]int
	accepted int
	monitors int        // subscriptions that have ever been
	begun    *sync.Cond // monitors has changed
	deaf     bool
	refusing bool
	mute     bool
	closed   bool
	closers  []func() error
}

// NewServer makes a server without PVs.
func NewServer() *Server {
	s := &Server{
		pvs: map[string]*entry{}, conns: map[*conn]struct{}{}, searches: map[string]int{},
	}
	s.network = newNetwork(s)
	s.begun = sync.NewCond(&s.mu)
	return s
}

// Config is a client's configuration that reaches s in memory and nothing else.
func (s *Server) Config() client.Config {
	return client.Config{
		Addresses: []string{Address.String()}, OnlyAddresses: true,
		HostName: "testhost", UserName: "tester", Log: slog.New(slog.DiscardHandler),
		Dial: s.dial, ListenPacket: s.network.listen,
	}
}

var errRefused = errors.New("connection refused")

func (s *Server) dial(ctx context.Context, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if address != Address.String() || s.refusing || s.closed {
		return nil, errRefused
	}
	ours, theirs := prototest.Pipe()
	s.accept(theirs)
	return ours, nil
}

// Listen serves on the loopback too and returns what to put into
// EPICS_CA_ADDR_LIST.
func (s *Server) Listen() (address string, err error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		_ = l.Close() // the first error counts
		return "", err
	}
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, l.Close, u.Close)
	s.tasks.Go(func() { s.listen(l) })          // ends when l is closed
	s.tasks.Go(func() { s.answerAll(u, port) }) // ends when u is closed
	return u.LocalAddr().String(), nil
}

func (s *Server) listen(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			_ = c.Close() // it came too late
		} else {
			s.accept(c)
		}
		s.mu.Unlock()
	}
}

func (s *Server) answerAll(u net.PacketConn, port uint16) {
	buf := make([]byte, protocol.MaxDatagram)
	for {
		n, from, err := u.ReadFrom(buf)
		if err != nil {
			return
		}
		s.answer(buf[:n], port, func(reply []byte) { _, _ = u.WriteTo(reply, from) })
	}
}

// answer answers the searches in a datagram.
func (s *Server) answer(datagram []byte, port uint16, send func([]byte)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var search circuit.SearchServer
	search.Begin(datagram)
	for {
		q, ok := search.Next()
		if !ok {
			break
		}
		s.searches[string(q.Name)]++
		if s.pvs[string(q.Name)] == nil || s.deaf {
			continue
		}
		if full := search.Found(q, port); full != nil {
			send(full)
		}
	}
	if last := search.Flush(); last != nil {
		send(last)
	}
}

// Close ends all circuits, takes no new ones and waits for the server's goroutines.
// Its clients may still be there. Close may be called twice.
func (s *Server) Close() {
	s.set(func() { s.closed = true })
	s.Disconnect()
	s.mu.Lock()
	for _, f := range s.closers {
		_ = f() // nothing is left to do about it
	}
	s.closers = nil
	s.mu.Unlock()
	s.tasks.Wait()
}

// Add adds a PV, or replaces one for channels made from now on.
func (s *Server) Add(name string, p PV) {
	if p.Count == 0 {
		p.Count = uint32(max(p.Value.Len(), 1))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pvs[name] = &entry{PV: p}
}

// Post changes a value and tells all subscriptions with EventValue in their mask.
func (s *Server) Post(name string, v pv.Value, stamp pv.Stamp, alarm pv.Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pvs[name]
	e.Value, e.Time, e.Alarm = v, stamp, alarm
	s.post(e)
}

func (s *Server) post(e *entry) {
	for c := range s.conns {
		c.post(e)
	}
}

// Value is a PV's value now.
func (s *Server) Value(name string) pv.Value {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pvs[name].Value
}

// Release completes the puts that a Held PV has collected.
func (s *Server) Release(name string, status protocol.Status) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pvs[name]
	for _, f := range e.held {
		f(status)
	}
	n, e.held = len(e.held), nil
	return n
}

// SetDenied changes the rights that clients do not have, and tells them.
func (s *Server) SetDenied(name string, denied protocol.Access) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pvs[name]
	e.Denied = denied
	for c := range s.conns {
		c.each(e, func(ch *circuit.Channel) {
			c.out, _ = c.wire.AppendAccess(c.out, ch, e.access()) // a channel that is there
		})
		c.flush()
	}
}

// Drop removes a PV: its channels hear of it.
func (s *Server) Drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pvs[name]
	delete(s.pvs, name)
	for c := range s.conns {
		c.each(e, func(ch *circuit.Channel) {
			c.out, _ = c.wire.Drop(c.out, ch) // a channel that is there
		})
		c.flush()
	}
}

// Disconnect closes all circuits.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.socket.Close() // its goroutine sees that
	}
}

// SetDeaf makes s leave searches by UDP unanswered, or answer them again.
func (s *Server) SetDeaf(deaf bool) { s.set(func() { s.deaf = deaf }) }

// SetRefusing makes s refuse new circuits, or take them again.
func (s *Server) SetRefusing(refusing bool) { s.set(func() { s.refusing = refusing }) }

// SetMute makes s read what its clients send and do nothing about it, as a server
// that hangs.
func (s *Server) SetMute(mute bool) { s.set(func() { s.mute = mute }) }

func (s *Server) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Send sends a datagram, a beacon for example, to all clients in memory.
func (s *Server) Send(datagram []byte) { s.network.toClients(datagram) }

// Searches is how often a name has been searched for.
func (s *Server) Searches(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.searches[name]
}

// Circuits is how many circuits there are, and how many there have been.
func (s *Server) Circuits() (now, ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns), s.accepted
}

func (e *entry) access() protocol.Access {
	return (protocol.AccessRead | protocol.AccessWrite) &^ e.Denied
}

// AwaitSubscriptions waits until there have been ever subscriptions since the
// beginning, those that have ended among them.
func (s *Server) AwaitSubscriptions(ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.monitors < ever {
		s.begun.Wait()
	}
}

// Subscriptions is how many subscriptions all clients have.
func (s *Server) Subscriptions() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		n += c.wire.Subscriptions()
	}
	return n
}
