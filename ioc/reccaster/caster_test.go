package reccaster

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// announcements is a UDP socket that announcements come to.
type announcements struct {
	come chan []byte

	mu     sync.Mutex
	past   chan struct{} // closed when the read deadline is set
	passed bool
}

func newAnnouncements() *announcements {
	return &announcements{come: make(chan []byte), past: make(chan struct{})}
}

func (a *announcements) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-a.come:
		return copy(b, d), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 1}, nil
	case <-a.past:
		return 0, nil, context.DeadlineExceeded
	}
}

func (a *announcements) SetReadDeadline(time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.passed {
		a.passed = true
		close(a.past)
	}
	return nil
}

func (a *announcements) WriteTo([]byte, net.Addr) (int, error) { return 0, errors.ErrUnsupported }
func (a *announcements) Close() error                          { return nil }
func (a *announcements) LocalAddr() net.Addr                   { return &net.UDPAddr{} }
func (a *announcements) SetDeadline(time.Time) error           { return nil }
func (a *announcements) SetWriteDeadline(time.Time) error      { return nil }

// announcing is a server's datagram, written by hand from the protocol's facts.
func announcing(server string, port, key byte) []byte {
	b := []byte{'R', 'C', 0, 0, 0, 0, 0, 0, 0x12, port, 0, 0, 0, 0, 0, key}
	ip := netip.MustParseAddr(server).As4()
	copy(b[4:], ip[:])
	return b
}

// server is the recceiver's end of a connection: it understands what it is told, and
// keeps it as lines.
type server struct {
	t    testing.TB
	to   netip.AddrPort // where it was sought
	conn net.Conn

	mu    sync.Mutex
	lines []string
	gone  bool
}

func (s *server) send(b ...byte) {
	s.t.Helper()
	if _, err := s.conn.Write(b); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) greet() { s.send('R', 'C', 0x80, 0x01, 0, 0, 0, 1, 0) }

func (s *server) collect() {
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(s.conn, head); err != nil {
			s.mu.Lock()
			s.gone = true
			s.mu.Unlock()
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[4:]))
		_, _ = io.ReadFull(s.conn, body)
		s.mu.Lock()
		s.lines = append(s.lines, describe(head, body))
		s.mu.Unlock()
	}
}

// describe is a client's message as text.
func describe(head, body []byte) string {
	if !bytes.Equal(head[:2], []byte("RC")) {
		return fmt.Sprintf("no magic: %x", head)
	}
	number := func() uint32 { return binary.BigEndian.Uint32(body) }
	switch binary.BigEndian.Uint16(head[2:]) {
	case 1:
		return fmt.Sprintf("hello %x", body)
	case 2:
		return fmt.Sprintf("pong %d", number())
	case 3:
		rtype, name := int(body[5]), int(binary.BigEndian.Uint16(body[6:]))
		text := string(body[8:])
		if len(text) != rtype+name {
			return "bad lengths"
		}
		return fmt.Sprintf("%s %d %s %s", []string{"record", "alias"}[body[4]], number(), text[:rtype], text[rtype:])
	case 4:
		return fmt.Sprintf("del %d", number())
	case 5:
		return fmt.Sprintf("done %d", number())
	case 6:
		key, value := int(body[4]), int(binary.BigEndian.Uint16(body[6:]))
		text := string(body[8:])
		if len(text) != key+value {
			return "bad lengths"
		}
		return fmt.Sprintf("info %d %s=%s", number(), text[:key], text[key:])
	}
	return fmt.Sprintf("unknown %x", head)
}

// take is what has been told until nothing moves any more.
func (s *server) take() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	if s.gone {
		lines = append(lines, "gone")
	}
	return lines
}

func (s *server) want(when string, want ...string) {
	s.t.Helper()
	if got := s.take(); !slices.Equal(got, want) {
		s.t.Errorf("%s:\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// rig is a caster that runs.
type rig struct {
	t       testing.TB
	sockets chan *announcements
	servers chan *server
	log     bytes.Buffer
}

func start(t testing.TB, c *Caster) *rig {
	r := &rig{t: t, sockets: make(chan *announcements), servers: make(chan *server)}
	c.Log = slog.New(slog.NewTextHandler(&r.log, nil))
	c.Listen = func(ctx context.Context) (net.PacketConn, error) {
		a := newAnnouncements()
		select {
		case r.sockets <- a:
			return a, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.Dial = func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
		s := &server{t: t, to: to}
		var conn net.Conn
		s.conn, conn = prototest.Pipe()
		go s.collect() // until conn is closed
		r.servers <- s
		return conn, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- c.Run(ctx) }() // until the end of the test
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// connect announces a server and is its end of the connection that follows.
func (r *rig) connect(announcement []byte) *server {
	(<-r.sockets).come <- announcement
	return <-r.servers
}

func add(t testing.TB, db *record.Database, s record.Spec) {
	t.Helper()
	if _, err := db.Add(s); err != nil {
		t.Fatal(err)
	}
}

func TestAnnounceRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(record.Database)
		add(t, db, record.Spec{Name: "A", Type: record.AI, Desc: "first", Aliases: []string{"A1", "A2"}, InfoTags: map[string]string{"b": "2", "a": "1", "none": ""}})
		add(t, db, record.Spec{Name: "B", Type: record.MBBO})
		r := start(t, &Caster{Database: db, Infos: []Info{{"IOCNAME", "bench"}, {"LOCATION", ""}, {"ENGINEER", "me"}}})
		began := time.Now()
		s := r.connect(announcing("255.255.255.255", 9, 5))
		if want := netip.MustParseAddrPort("10.0.0.7:4617"); s.to != want {
			t.Errorf("connected to %v, want %v", s.to, want)
		}
		if d := time.Since(began); d > 10*time.Second {
			t.Errorf("held off for %v", d)
		}
		s.want("before the greeting")
		s.greet()
		s.want("upload", "hello 0000000000000005", "info 0 IOCNAME=bench", "info 0 ENGINEER=me",
			"record 1 ai A", "alias 1  A1", "alias 1  A2", "info 1 a=1", "info 1 b=2", "info 1 recordDesc=first", "record 2 mbbo B", "done 0")

		s.send('R', 'C', 0x80, 0x02, 0, 0, 0, 4, 0, 0, 1, 0)
		s.want("ping", "pong 256")

		// What comes and goes is told soon, and together.
		add(t, db, record.Spec{Name: "C", Type: record.Longin})
		if err := db.Remove("A"); err != nil {
			t.Fatal(err)
		}
		add(t, db, record.Spec{Name: "A", Type: record.BO})
		add(t, db, record.Spec{Name: "D"})
		if err := db.Remove("D"); err != nil {
			t.Fatal(err)
		}
		s.want("at once")
		time.Sleep(gather)
		s.want("changes", "record 3 longin C", "del 1", "record 4 bo A", "done 0")

		// Pings keep the connection, their absence ends it, and all begins anew.
		for range 10 {
			time.Sleep(78 * time.Second)
			s.send('R', 'C', 0x80, 0x02, 0, 0, 0, 4, 0, 0, 0, 1)
			s.want("ping", "pong 1")
		}
		time.Sleep(81 * time.Second)
		s.want("no ping", "gone")
		s = r.connect(announcing("10.0.0.8", 10, 6))
		if want := netip.MustParseAddrPort("10.0.0.8:4618"); s.to != want {
			t.Errorf("connected to %v, want %v", s.to, want)
		}
		s.greet()
		s.want("again", "hello 0000000000000006", "info 0 IOCNAME=bench", "info 0 ENGINEER=me",
			"record 1 mbbo B", "record 2 longin C", "record 3 bo A", "done 0")
	})
}

// A server that does not greet, sends garbage or too much, or does not read is left,
// once in the log.
func TestBadServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(record.Database)
		for i := range 5_000 {
			add(t, db, record.Spec{Name: fmt.Sprintf("R%d", i)})
		}
		r := start(t, &Caster{Database: db})
		for _, bad := range [][]byte{
			nil, []byte("GET / HTTP/1.0\r\n\r\n"),
			{'R', 'C', 0x80, 1, 1, 0, 0, 0},
			bytes.Repeat([]byte{'R', 'C', 0x80, 2, 0, 0, 0, 4, 0, 0, 0, 1}, 3), // pings for a greeting
		} {
			s := r.connect(announcing("10.0.0.8", 1, 1))
			s.send(bad...)
			time.Sleep(21 * time.Second)
			s.want(fmt.Sprintf("after %q", bad), "gone")
		}
		synctest.Wait()
		if n := strings.Count(r.log.String(), "cannot announce"); n != 1 {
			t.Errorf("%d warnings: %s", n, r.log.String())
		}

		(<-r.sockets).come <- announcing("10.0.0.8", 1, 1)
		s := <-r.servers
		s.greet()
		if got := s.take(); len(got) != 5_002 || got[0] != "hello 0000000000000001" || got[5_001] != "done 0" {
			t.Errorf("%d lines", len(got))
		}
	})
}

// Changes that wait for a server have a bound: it is told everything anew instead.
func TestTooManyChanges(t *testing.T) {
	s := &session{caster: new(Caster), changed: make(chan struct{}, 1)}
	s.note(make([]record.Change, maxPending))
	if len(s.pending) != maxPending {
		t.Errorf("%d changes are kept", len(s.pending))
	}
	s.note(make([]record.Change, 1))
	s.note(make([]record.Change, 1))
	if err := s.update(); !errors.Is(err, errTooManyChanges) || s.pending != nil {
		t.Errorf("with too many changes: %v, %d kept", err, len(s.pending))
	}
}

func TestNotAnnouncements(t *testing.T) {
	good := announcing("10.0.0.8", 1, 1)
	from := netip.MustParseAddr("10.0.0.7")
	if _, ok := parseAnnouncement(append(good, "of a later version"...), from); !ok {
		t.Error("a longer one is not taken")
	}
	change := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	for what, b := range map[string][]byte{
		"nothing": nil, "short": good[:15], "other magic": change(0, 'X'), "other version": change(3, 1),
		"no port": change(8, 0)[:16], "no address": announcing("0.0.0.0", 1, 1), "multicast": announcing("224.0.0.1", 1, 1),
	} {
		if what == "no port" {
			b[9] = 0
		}
		if a, ok := parseAnnouncement(b, from); ok {
			t.Errorf("%s: %v", what, a)
		}
	}
}

// Whatever a server sends, byte by byte or at once: the same messages, or the same
// error.
func FuzzNextMessage(f *testing.F) {
	f.Add([]byte{'R', 'C', 0x80, 1, 0, 0, 0, 1, 0, 'R', 'C', 0x80, 2, 0, 0, 0, 4, 1, 2, 3, 4})
	f.Add([]byte("RC\x80\x01\x01\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		split := func(step int) (list []string, err error) {
			var have []byte
			for rest := b; ; {
				kind, body, n, err := nextMessage(have)
				switch {
				case err == nil:
					list = append(list, fmt.Sprintf("%x %x", kind, body))
					have = have[n:]
				case !errors.Is(err, errShort):
					if !errors.Is(err, errFrame) {
						t.Fatalf("unknown error %v", err)
					}
					return list, err
				case len(rest) == 0:
					return list, nil
				default:
					k := min(step, len(rest))
					have, rest = append(have, rest[:k]...), rest[k:]
				}
			}
		}
		whole, err := split(max(len(b), 1))
		bytewise, berr := split(1)
		if !slices.Equal(whole, bytewise) || fmt.Sprint(err) != fmt.Sprint(berr) {
			t.Errorf("whole %q %v, byte by byte %q %v", whole, err, bytewise, berr)
		}
		parseAnnouncement(b, netip.MustParseAddr("10.0.0.7"))
	})
}
