package caserver

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// memListener accepts the server's ends of in-memory circuits.
type memListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newMemListener() *memListener {
	return &memListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *memListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *memListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5064} }

// bench is a running server with its way in; everything runs in a synctest bubble.
type bench struct {
	t        testing.TB
	server   *Server
	listener *memListener
	stop     func()
	stopped  chan error
}

// start runs s over db until stop or the end of the test.
func start(t testing.TB, db *record.Database, s *Server) *bench {
	t.Helper()
	l := newMemListener()
	s.Database = db
	s.Listeners = []net.Listener{l}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &bench{t: t, server: s, listener: l, stopped: make(chan error, 1)}
	b.stop = cancel
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	go func() { b.stopped <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-b.stopped; err != nil {
			t.Error(err)
		}
	})
	return b
}

// peer is a client on bytes: whatever the server sends is collected.
type peer struct {
	t    testing.TB
	conn net.Conn

	mu     sync.Mutex
	got    []byte
	closed bool
}

// dial connects a peer that has said nothing yet.
func (b *bench) dial() *peer {
	client, server := prototest.Pipe()
	p := &peer{t: b.t, conn: client}
	b.listener.conns <- server
	go p.collect()
	b.t.Cleanup(func() { _ = client.Close() })
	return p
}

func (p *peer) collect() {
	buf := make([]byte, 32<<10)
	for {
		n, err := p.conn.Read(buf)
		p.mu.Lock()
		p.got = append(p.got, buf[:n]...)
		p.closed = err == io.EOF
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// send sends bytes and returns all messages that have come when nothing moves any
// more.
func (p *peer) send(b []byte) []protocol.Message {
	p.t.Helper()
	if len(b) > 0 {
		if _, err := p.conn.Write(b); err != nil && err != io.ErrClosedPipe && !p.isClosed() {
			p.t.Fatalf("send: %v", err)
		}
	}
	synctest.Wait()
	return p.take()
}

func (p *peer) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// take is the messages that have come since the last time.
func (p *peer) take() []protocol.Message {
	p.t.Helper()
	p.mu.Lock()
	b := bytes.Clone(p.got)
	p.got = p.got[:0]
	p.mu.Unlock()
	return messages(p.t, b)
}

func messages(t testing.TB, b []byte) (list []protocol.Message) {
	t.Helper()
	for len(b) > 0 {
		m, n, err := protocol.Next(b, protocol.Limits{MaxPayload: 1 << 28})
		if err != nil {
			t.Fatalf("server sent %x: %v", b, err)
		}
		list = append(list, m)
		b = b[n:]
	}
	return list
}

// greet says VERSION and who it is.
func (p *peer) greet() *peer {
	p.t.Helper()
	b := protocol.AppendVersion(nil, 0, 13)
	b = protocol.AppendHostName(b, "host")
	b = protocol.AppendClientName(b, "user")
	if got := p.send(b); len(got) != 1 || got[0].Command != protocol.CmdVersion {
		p.t.Fatalf("greeted with %v", got)
	}
	return p
}

// create makes a channel and returns its sid.
func (p *peer) create(name string, cid uint32) (sid uint32) {
	p.t.Helper()
	got := p.send(protocol.AppendCreateChan(nil, cid, name, 13))
	if len(got) != 2 || got[0].Command != protocol.CmdAccessRights || got[1].Command != protocol.CmdCreateChan {
		p.t.Fatalf("create %s: %v", name, got)
	}
	return got[1].Param2
}

// subscribe makes a monitor and returns its first event.
func (p *peer) subscribe(sid, id uint32, t dbr.Type, count uint32, mask pv.Mask) protocol.Message {
	p.t.Helper()
	got := p.send(protocol.AppendEventAdd(nil, uint16(t), count, sid, id, mask))
	if len(got) != 1 || got[0].Command != protocol.CmdEventAdd || got[0].Param2 != id {
		p.t.Fatalf("subscribe: %v", got)
	}
	return got[0]
}

// doubles are the values of events of DBR_DOUBLE, one each.
func doubles(t testing.TB, list []protocol.Message) (x []float64) {
	t.Helper()
	for _, m := range list {
		if m.Command != protocol.CmdEventAdd {
			t.Fatalf("unexpected %v", m.Command)
		}
		v, err := dbr.DecodeValue(dbr.Double, m.Count, m.Payload)
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, v.Float64())
	}
	return x
}

// database has the given records.
func database(t testing.TB, specs ...record.Spec) *record.Database {
	t.Helper()
	db := new(record.Database)
	for _, s := range specs {
		if _, err := db.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// logText is a log that may be read while it is written.
type logText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
