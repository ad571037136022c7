package caserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
)

// Server serves a database. Set its fields, then call Run; a Server is run once.
type Server struct {
	Database *record.Database // what is served; nil: nothing
	Config   Config
	Log      *slog.Logger // nil: slog.Default()

	// Policy says what clients may do; what no client may write stays so. nil:
	// everything is allowed.
	Policy Policy
	// OnPut is told of each write that Policy wants to be told of, or of all with
	// AllPuts, when it has ended. It is called from several goroutines, with a record
	// locked: it must not block, nor call the database.
	OnPut   func(Put)
	AllPuts bool

	// States are those that the channel filter sync can name; nil: none.
	States *filter.States

	// Sockets to be used in place of those that Config describes: circuits are
	// accepted from Listeners, searches answered on Packets, beacons sent from
	// Beacons, to Config.BeaconAddrs only. If any is set, Listen opens none. The server
	// closes them.
	Listeners []net.Listener
	Packets   []net.PacketConn
	Beacons   net.PacketConn

	machine machine // nil: the one that the server runs on

	// immutable from Listen on
	config    Config
	network   *network // nil if sockets were given; its contents belong to a goroutine
	listening bool

	port    atomic.Uint32                // TCP
	sockets sockets                      // that are open
	ignored atomic.Pointer[[]netip.Addr] // whose searches are not answered

	group    sync.WaitGroup
	searches atomic.Uint32
	found    atomic.Uint32
	accepted atomic.Uint32
	refused  atomic.Uint32

	// of all clients
	channels      atomic.Int32
	subscriptions atomic.Int32

	requests budget // of large requests
	budget   budget // of arrays for clients
	inflight inflight
	pieces   budget // of buffers for large pieces of them
	// pieceBuffers are those that nobody uses, of *[]byte.
	pieceBuffers sync.Pool
	gates        [limitCount]gate
	made         time.Time    // in configure
	lastDrop     atomic.Int64 // Unix nanoseconds, of a client that broke the protocol

	mu         sync.Mutex
	announce   chan struct{} // of Announce to beacon; nil until Listen
	clients    map[*client]struct{}
	perAddress map[netip.Addr]int // clients of each address
	running    bool               // has been run
	closing    bool
}

func (s *Server) log() *slog.Logger {
	if s.Log != nil {
		return s.Log
	}
	return slog.Default()
}

// logDrop logs that a client was dropped: of those that break the protocol with less than
// a second in between the first as a warning, so that a hostile one cannot fill the log.
func (s *Server) logDrop(level slog.Level, c *client, reason string) {
	if now := time.Now().UnixNano(); level >= slog.LevelWarn && now-s.lastDrop.Swap(now) < int64(time.Second) {
		level = slog.LevelDebug
	}
	_, drops := c.outbox.state()
	c.log.Log(context.Background(), level, "Channel Access client dropped", "reason", reason, "drops", drops)
}

// Listen opens the server's sockets, so that its ports are known before Run; Run does
// it if it has not been done. If the TCP port is taken by another server, another
// one is used with a warning, as base does. ctx bounds the opening only. After an
// error it may be called again. No other method but Stats may run beside it.
func (s *Server) Listen(ctx context.Context) error {
	if s.listening {
		return errors.New("the server listens already")
	}
	s.configure()
	if s.Database == nil {
		s.Database = new(record.Database)
	}
	if err := s.open(ctx); err != nil {
		s.sockets.reset()
		s.network = nil
		return err
	}
	s.mu.Lock()
	s.clients, s.announce = make(map[*client]struct{}), make(chan struct{}, 1)
	s.perAddress = make(map[netip.Addr]int)
	s.mu.Unlock()
	s.listening = true
	return nil
}

// configure makes what follows from Config.
func (s *Server) configure() {
	s.mu.Lock() // Stats may run beside Listen
	defer s.mu.Unlock()
	s.config, s.made = s.Config.withDefaults(), time.Now()
	s.requests.limit = s.config.Limits.BufferBytes / 2
	s.pieces.limit = s.config.Limits.BufferBytes / 16
	s.budget.limit = s.config.Limits.BufferBytes - s.requests.limit - s.pieces.limit
	s.inflight.budget = &s.budget
}

// open opens the sockets, or takes those that were given.
func (s *Server) open(ctx context.Context) error {
	if s.config.Disabled {
		s.log().Warn("the Channel Access server is switched off: nobody is served")
		return nil
	}
	s.ignored.Store(&s.config.IgnoreAddrs)
	if len(s.Listeners) > 0 || len(s.Packets) > 0 || s.Beacons != nil {
		s.use()
		return nil
	}
	beacons, err := s.beaconSocket()
	if err != nil {
		return fmt.Errorf("socket for beacons: %w", err)
	}
	s.sockets.sendFrom(beacons)
	s.port.Store(uint32(s.config.Port))
	if s.machine == nil {
		s.machine = kernel{}
	}
	s.network = newNetwork(s, s.machine)
	if err := s.network.begin(ctx); err != nil {
		return err
	}
	if len(s.sockets.destinations()) == 0 {
		s.log().Warn("no address to send Channel Access beacons to")
	}
	return nil
}

// use takes the sockets that were given.
func (s *Server) use() {
	for _, l := range s.Listeners {
		s.sockets.addListener(l)
	}
	for _, p := range s.Packets {
		s.sockets.addSearches(newUDPSocket(p, p))
	}
	s.sockets.sendFrom(s.Beacons)
	n := newNetwork(s, nil)
	n.places = nil // of which nothing is known
	n.aimBeacons(nil)
	if len(s.Listeners) > 0 {
		s.port.Store(uint32(portOf(s.Listeners[0].Addr())))
	}
}

// Port is the TCP port, after Listen; 0 if the listeners are not TCP's. While none of
// the interfaces to listen on is there it is the configured one.
func (s *Server) Port() uint16 { return uint16(s.port.Load()) }

// SearchPort is the UDP port on which searches are answered, after Listen.
func (s *Server) SearchPort() uint16 {
	if port, ok := s.sockets.searchPort(); ok {
		return port
	}
	return s.config.Port
}

// Run serves until ctx ends. Then it stops accepting clients and answering searches,
// sends what is ready to those that are connected, for Config.ShutdownTimeout at
// most, and closes them. It returns nil when all its goroutines have ended, or an
// error if it could not listen.
func (s *Server) Run(ctx context.Context) error {
	if !s.listening {
		if err := s.Listen(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	again := s.running
	s.running = true
	s.mu.Unlock()
	if again {
		return errors.New("a server runs once")
	}
	_, unwatch := s.Database.Watch(s.changed) // before there are clients
	defer unwatch()
	s.sockets.run(
		func(l net.Listener) { s.group.Go(func() { s.accept(ctx, l) }) }, // until l is closed
		func(u *udpSocket) { s.group.Go(func() { s.answer(u) }) },        // until its socket is closed
	)
	if s.sockets.beacons != nil {
		s.group.Go(func() { s.beacon(ctx) }) // until ctx ends
	}
	if s.network != nil {
		s.network.run(ctx, &s.group)
	}
	s.group.Go(func() { s.sweep(ctx) }) // until ctx ends
	<-ctx.Done()
	s.sockets.close()
	s.stopClients()
	s.group.Wait()
	return nil
}

func (s *Server) stopClients() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.clients {
		c.stop(s.config.ShutdownTimeout)
	}
}

// acceptPause is what the server waits when a connection cannot be accepted, for
// want of file descriptors for example.
const acceptPause = time.Second

// accept takes clients until l is closed.
func (s *Server) accept(ctx context.Context, l net.Listener) {
	failed := false
	for {
		conn, err := l.Accept()
		if err == nil {
			failed = false
			s.serve(conn)
			continue
		}
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		if !failed {
			s.log().Warn("cannot accept Channel Access clients", "err", err)
		}
		failed = true
		select {
		case <-ctx.Done():
			return
		case <-time.After(acceptPause):
		}
	}
}

// serve starts the reader of a client, which starts the writer when it is needed.
func (s *Server) serve(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := newClient(s, direct(conn))
	if !s.admit(c) {
		_ = conn.Close()
		return
	}
	s.group.Go(func() { // until its connection ends
		c.read()
		s.mu.Lock()
		s.forget(c)
		s.mu.Unlock()
	})
}
