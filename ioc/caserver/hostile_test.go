package caserver

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// attack is what hostile clients do to a server that has a good one.
type attack struct {
	*bench
	conns []net.Conn
}

// open connects a client that reads nothing and has said VERSION and made a channel to
// each name; its sids are 0, 1, 2 …
func (a *attack) open(names ...string) net.Conn {
	client, server := prototest.PipeSize(4096)
	a.listener.conns <- server
	a.conns = append(a.conns, client)
	b := protocol.AppendVersion(nil, 0, 13)
	for cid, name := range names {
		b = protocol.AppendCreateChan(b, uint32(cid), name, 13)
	}
	a.say(client, b)
	return client
}

// say writes as much as the server takes within a second of fake time.
func (a *attack) say(conn net.Conn, b []byte) {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(b)
	synctest.Wait()
}

// wholeVisit is what a client may say from the beginning to the end.
func wholeVisit() []byte {
	b := protocol.AppendVersion(nil, 0, 13)
	b = protocol.AppendHostName(b, "host")
	b = protocol.AppendClientName(b, "user")
	b = protocol.AppendSearch(b, 1, "A", 13, protocol.DoReply)
	b = protocol.AppendCreateChan(b, 1, "A", 13)
	b = protocol.AppendEventAdd(b, uint16(dbr.TimeDouble), 0, 0, 1, pv.EventValue)
	b = protocol.AppendReadNotify(b, uint16(dbr.CtrlDouble), 1, 0, 2)
	b = protocol.AppendWriteNotify(b, uint16(dbr.Double), 1, 0, 3, make([]byte, 8))
	b = protocol.AppendEventsOff(b)
	b = protocol.AppendWrite(b, uint16(dbr.Double), 1, 0, 4, make([]byte, 8))
	b = protocol.AppendEventsOn(b)
	b = protocol.AppendEventCancel(b, uint16(dbr.TimeDouble), 0, 0, 1)
	b = protocol.AppendEcho(b)
	return protocol.AppendClearChannel(b, 0, 1)
}

// attacks are the rows of the suite.
var attacks = []struct {
	name string
	run  func(a *attack)
}{
	{"201 subscriptions and no reading", func(a *attack) {
		conn := a.open("A")
		var b []byte
		for id := range uint32(201) {
			b = protocol.AppendEventAdd(b, uint16(dbr.TimeDouble), 1, 0, id, pv.EventValue)
		}
		a.say(conn, b)
		for i := range 100 {
			set(a.t, value(a.t, a.server.Database, "A"), float64(i))
			synctest.Wait()
		}
	}},
	{"gone in every state", func(a *attack) {
		s := wholeVisit()
		for n := 0; n <= len(s); n += 5 {
			client, server := prototest.Pipe()
			a.listener.conns <- server
			a.say(client, s[:n])
			_ = client.Close()
			synctest.Wait()
		}
	}},
	{"half-open connections", func(a *attack) {
		for range 1500 {
			client, server := prototest.Pipe()
			a.listener.conns <- server
			a.conns = append(a.conns, client)
		}
		synctest.Wait()
		if n := len(a.server.Stats().Clients); n > 1000 {
			a.t.Errorf("%d clients", n)
		}
	}},
	{"headers of giant messages", func(a *attack) {
		for i := range 100 {
			conn := a.open("A")
			h := protocol.Header{Command: protocol.CmdWrite, DataType: uint16(dbr.Double), Size: []uint32{16 << 20, 1 << 30, 0xFFFFFFF8}[i%3], Count: 1 << 20}
			a.say(conn, append(protocol.AppendHeader(nil, h), make([]byte, 3000)...))
		}
	}},
	{"create flood", func(a *attack) {
		conn := a.open()
		go collectAll(conn)
		for i := range 200 {
			var b []byte
			for j := range 100 {
				b = protocol.AppendCreateChan(b, uint32(j), []string{"A", "B", "NONE", "A.EGU", "A.NOFIELD"}[(i+j)%5], 13)
			}
			a.say(conn, b)
		}
	}},
	{"hostile names", func(a *attack) {
		conn := a.open()
		go collectAll(conn)
		for _, name := range []string{
			"", ".", "..", "A.", "A.VAL.VAL", "A$", "A.$", "A.VAL$$", "A[", "A.VAL[1:2:3:4]", "A.VAL[99999999999999999999]", "A.{", "A.{}",
			"A." + strings.Repeat("{\"a\":", 80), "A.{\"arr\":{\"s\":-99999999999}}", strings.Repeat("A", 490), strings.Repeat(".", 490),
			"\xff\xfe\x80", "A\nB", "../../etc/passwd", "%s%n", strings.Repeat("[", 490), "A.{dbnd:{d:1e400}}", "A.{sync:{m:\"while\",s:\"\"}}",
		} {
			a.say(conn, protocol.AppendCreateChan(nil, 1, name, 13))
			a.say(conn, protocol.AppendSearch(nil, 1, name, 13, protocol.DoReply))
		}
		long := protocol.Header{Command: protocol.CmdCreateChan, Param2: 13}
		a.say(conn, protocol.AppendMessage(nil, long, []byte(strings.Repeat("A", 100_000))))
	}},
	{"cancel flood", func(a *attack) {
		for _, ids := range []uint32{1, 20_000} {
			conn := a.open("A")
			go collectAll(conn)
			for _, cancel := range []bool{false, true} {
				for part := range uint32(20) {
					var b []byte
					for i := part * 1000; i < part*1000+1000; i++ {
						if id := (20_000 - i) % ids; cancel {
							b = protocol.AppendEventCancel(b, uint16(dbr.Double), 1, 0, id)
						} else {
							b = protocol.AppendEventAdd(b, uint16(dbr.Double), 1, 0, id, pv.EventValue)
						}
					}
					a.say(conn, b)
				}
			}
		}
	}},
	{"events off for ever", func(a *attack) {
		conn := a.open("A", "B")
		b := protocol.AppendEventsOff(nil)
		for id := range uint32(2000) {
			b = protocol.AppendEventAdd(b, uint16(dbr.Double), 1, id%2, id, pv.EventValue)
			if id%3 > 0 {
				b = protocol.AppendEventCancel(b, uint16(dbr.Double), 1, id%2, id)
			}
		}
		a.say(conn, b)
		for i := range 100 {
			set(a.t, value(a.t, a.server.Database, "A"), float64(i))
		}
	}},
	{"reads of millions of zeros, not taken", func(a *attack) {
		for range 50 {
			conn := a.open("A")
			var b []byte
			for id := range uint32(100) {
				b = protocol.AppendReadNotify(b, uint16(dbr.TimeDouble), 2_000_000, 0, id)
			}
			a.say(conn, b)
		}
	}},
	{"puts whose answers are not taken", func(a *attack) {
		conn := a.open("B")
		for range 50 {
			var b []byte
			for id := range uint32(100) {
				b = protocol.AppendWriteNotify(b, uint16(dbr.Double), 1, 0, id, make([]byte, 8))
			}
			a.say(conn, b)
		}
	}},
	{"echoes that are not taken", func(a *attack) {
		conn := a.open()
		h := protocol.Header{Command: protocol.CmdEcho}
		for range 100 {
			a.say(conn, protocol.AppendMessage(nil, h, make([]byte, 60_000)))
		}
	}},
}

// collectAll reads what comes until the end.
func collectAll(conn net.Conn) {
	b := make([]byte, 32<<10)
	for {
		if _, err := conn.Read(b); err != nil {
			return
		}
	}
}

// Whatever hostile clients do, the gets and monitors of another client go on; when they
// have gone, so have their goroutines, their channels and their memory.
func TestHostileClients(t *testing.T) {
	for _, tt := range attacks {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := database(t, ao("A"), ao("B"), ao("GOOD"), record.Spec{Name: "S", Type: record.Stringout})
				b := start(t, db, &Server{})
				good := b.dial().greet()
				sid := good.create("GOOD", 1)
				good.subscribe(sid, 1, dbr.Double, 1, pv.EventValue)
				x := 0.0
				serves := func(when string) {
					t.Helper()
					x++
					set(t, value(t, db, "GOOD"), x)
					if got := doubles(t, good.send(nil)); len(got) != 1 || got[0] != x {
						t.Errorf("%s: events %v, want %v", when, got, x)
					}
					got := good.send(protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, sid, 7))
					if len(got) != 1 || got[0].Command != protocol.CmdReadNotify || got[0].Param1 != uint32(protocol.ECANormal) {
						t.Errorf("%s: get %v", when, got)
					}
				}
				serves("before")
				goroutines, before := runtime.NumGoroutine(), heap()

				a := &attack{bench: b}
				tt.run(a)
				serves("under attack")
				if used := heap(); used > before+64<<20 {
					t.Errorf("the attack takes %d MB", (used-before)>>20)
				}
				for _, c := range a.conns {
					_ = c.Close()
				}
				time.Sleep(2 * time.Minute) // fake: what is left of deadlines
				synctest.Wait()
				serves("after")
				st := b.server.Stats()
				if len(st.Clients) != 1 || st.Channels() != 1 || b.server.channels.Load() != 1 || b.server.subscriptions.Load() != 1 {
					t.Errorf("left: %d clients, %d channels, %d subscriptions", len(st.Clients), b.server.channels.Load(), b.server.subscriptions.Load())
				}
				if used := (b.server.budget.used.Load() + b.server.requests.used.Load()); used != 0 {
					t.Errorf("%d bytes of the budget are left in use", used)
				}
				if n := runtime.NumGoroutine(); n > goroutines+2 { // the runtime has some of its own now and then
					t.Errorf("%d goroutines before, %d after", goroutines, n)
				}
				a.conns = nil
				if used := heap(); used > before+4<<20 {
					t.Errorf("%d kB are not given back", (used-before)>>10)
				}
			})
		})
	}
}

// What was seen to go wrong in other servers, by its name there.
func TestBugsOfOtherServers(t *testing.T) {
	dbl := uint16(dbr.Double)
	isEcho := func(list []protocol.Message) bool {
		return len(list) > 0 && list[len(list)-1].Command == protocol.CmdEcho
	}
	echo := protocol.AppendEcho(nil)
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, b *bench, p *peer)
	}{
		{"echo before version leaves the circuit dead", func(t *testing.T, b *bench, _ *peer) {
			p := b.dial()
			got := p.send(echo)
			if len(got) != 2 || got[1].Command != protocol.CmdError || protocol.Status(got[1].Param2) != protocol.ECADefunct {
				t.Errorf("echo before VERSION: %v", got)
			}
			p.send(protocol.AppendVersion(nil, 0, 13))
			p.create("A", 1)
		}},
		{"read-sync leaves the circuit dead", func(t *testing.T, _ *bench, p *peer) {
			sync := protocol.AppendHeader(nil, protocol.Header{Command: protocol.CmdReadSync, Param1: 5})
			if got := p.send(append(sync, echo...)); len(got) != 2 || got[0].Command != protocol.CmdReadSync || !isEcho(got) {
				t.Errorf("read-sync: %v", got)
			}
		}},
		{"an unknown sid leaves the circuit open but dead", func(t *testing.T, _ *bench, p *peer) {
			got := p.send(protocol.AppendReadNotify(nil, dbl, 1, 4711, 1))
			if len(got) != 1 || protocol.Status(got[0].Param2) != protocol.ECAInternal || !p.isClosed() {
				t.Errorf("%v, closed %v", got, p.isClosed())
			}
		}},
		{"clear of a monitored channel ends all monitors of the circuit", func(t *testing.T, b *bench, p *peer) {
			one, two := p.create("A", 1), p.create("B", 2)
			p.subscribe(one, 1, dbr.Double, 1, pv.EventValue)
			p.subscribe(two, 2, dbr.Double, 1, pv.EventValue)
			p.send(protocol.AppendClearChannel(nil, one, 1))
			set(t, value(t, b.server.Database, "A"), 5)
			set(t, value(t, b.server.Database, "B"), 6)
			if x := doubles(t, p.send(nil)); len(x) != 1 || x[0] != 6 {
				t.Errorf("events %v, want B's alone", x)
			}
		}},
		{"a bad filter gets no answer", func(t *testing.T, _ *bench, p *peer) {
			for _, name := range []string{"A.{\"nosuch\":1}", "A.{", "A.NOFIELD", "NONE"} {
				if got := p.send(protocol.AppendCreateChan(nil, 3, name, 13)); len(got) != 1 || got[0].Command != protocol.CmdCreateChanFail || got[0].Param1 != 3 {
					t.Errorf("create %s: %v", name, got)
				}
			}
		}},
		{"masks are ignored and equal values are posted", func(t *testing.T, b *bench, p *peer) {
			sid := p.create("A", 1)
			for id, m := range []pv.Mask{pv.EventValue, pv.EventAlarm, pv.EventProperty} {
				p.subscribe(sid, uint32(id), dbr.Double, 1, m)
			}
			set(t, value(t, b.server.Database, "A"), 5)
			if got := p.send(nil); len(got) != 1 || got[0].Param2 != 0 {
				t.Errorf("a change of the value: %v", got)
			}
			set(t, value(t, b.server.Database, "A"), 5)
			if got := p.send(nil); len(got) != 0 {
				t.Errorf("an equal value: %v", got)
			}
		}},
		{"the count of a monitor is ignored, or disagrees with its payload", func(t *testing.T, _ *bench, p *peer) {
			sid := p.create("W", 1)
			for i, tt := range []struct{ asked, count uint32 }{{0, 3}, {2, 2}, {3, 3}, {10, 10}, {20, 20}} {
				m := p.subscribe(sid, uint32(i), dbr.Double, tt.asked, pv.EventValue)
				if m.Count != tt.count || len(m.Payload) != int(8*tt.count) {
					t.Errorf("%d asked for: count %d in %d bytes", tt.asked, m.Count, len(m.Payload))
				}
				got := p.send(protocol.AppendReadNotify(nil, dbl, tt.asked, sid, 1))
				if len(got) != 1 || got[0].Count != tt.count || len(got[0].Payload) != int(8*tt.count) {
					t.Errorf("get of %d: %v", tt.asked, got)
				}
			}
		}},
		{"events off is no more than a word", func(t *testing.T, b *bench, p *peer) {
			p.subscribe(p.create("A", 1), 1, dbr.Double, 1, pv.EventValue)
			p.send(protocol.AppendEventsOff(nil))
			for i := range 3 {
				set(t, value(t, b.server.Database, "A"), float64(i+1))
			}
			if got := p.send(nil); len(got) != 0 {
				t.Errorf("with events off: %v", got)
			}
			if x := doubles(t, p.send(protocol.AppendEventsOn(nil))); len(x) != 1 || x[0] != 3 {
				t.Errorf("with events on: %v, want the last value", x)
			}
		}},
		{"a write that fails is silent", func(t *testing.T, _ *bench, p *peer) {
			got := p.send(protocol.AppendWrite(nil, uint16(dbr.String), 1, p.create("A", 8), 1, append([]byte("nonsense"), make([]byte, 32)...)))
			if len(got) != 1 || got[0].Command != protocol.CmdError || got[0].Param1 != 8 || protocol.Status(got[0].Param2) != protocol.ECAPutFail {
				t.Errorf("%v", got)
			}
		}},
		{"a second cancel drops the channel", func(t *testing.T, _ *bench, p *peer) {
			sid := p.create("A", 1)
			p.subscribe(sid, 1, dbr.Double, 1, pv.EventValue)
			cancel := protocol.AppendEventCancel(nil, dbl, 1, sid, 1)
			p.send(cancel)
			got := p.send(cancel)
			if len(got) != 1 || got[0].Command != protocol.CmdError || protocol.Status(got[0].Param2) != protocol.ECABadMonID || !p.isClosed() {
				t.Errorf("%v, closed %v", got, p.isClosed())
			}
		}},
		{"the server speaks only when spoken to", func(t *testing.T, b *bench, _ *peer) {
			if got := b.dial().send(nil); len(got) != 1 || got[0].Command != protocol.CmdVersion || got[0].Count != 13 {
				t.Errorf("on connect: %v", got)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := database(t, ao("A"), ao("B"), record.Spec{
					Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: 10, Initial: pv.ArrayValue([]float64{1, 2, 3}),
				})
				b := start(t, db, &Server{})
				tt.run(t, b, b.dial().greet())
				b.dial().greet().create("A", 1) // others are served all the same
			})
		})
	}
}

// A cancel costs the same however many subscriptions there are.
func BenchmarkHostileCancel(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, _ := encoder(b, database(b, ao("A")))
			ask := func(in []byte) {
				c.circuit.Advance(copy(c.circuit.Space(len(in)), in))
				if !c.execute() || c.flush() != nil {
					b.Fatal("circuit ended")
				}
			}
			var in []byte
			for id := range uint32(n) {
				ask(protocol.AppendEventAdd(in[:0], uint16(dbr.Double), 1, 0, 1000+id, 1))
			}
			b.ReportAllocs()
			for id := uint32(0); b.Loop(); id = (id + 1) % uint32(n) {
				ask(protocol.AppendEventCancel(in[:0], uint16(dbr.Double), 1, 0, 1000+id))
				ask(protocol.AppendEventAdd(in[:0], uint16(dbr.Double), 1, 0, 1000+id, 1))
			}
		})
	}
}
