package caserver

import (
	"fmt"
	"log/slog"
	"net"
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

// held is how often a limit held something back.
func (b *bench) held(id limitID) uint32 {
	b.t.Helper()
	for _, l := range b.server.Stats().Limits {
		if l.Name == id.String() {
			return l.Held
		}
	}
	b.t.Fatalf("no limit %v", id)
	return 0
}

// from is a connection that comes from an address.
type from struct {
	net.Conn
	addr net.TCPAddr
}

func (f from) RemoteAddr() net.Addr { return &f.addr }

// dialFrom connects a peer of an address.
func (b *bench) dialFrom(ip string, port int) *peer {
	client, server := prototest.Pipe()
	p := &peer{t: b.t, conn: client}
	b.listener.conns <- from{server, net.TCPAddr{IP: net.ParseIP(ip), Port: port}}
	go p.collect()
	b.t.Cleanup(func() { _ = client.Close() })
	return p
}

// Many clients of one machine leave room for those of others, and what they had is
// theirs again when they have gone.
func TestCircuitsPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{Config: Config{Limits: Limits{Circuits: 10, CircuitsPerAddress: 2}}})
		var two []*peer
		for i := range 2 {
			two = append(two, b.dialFrom("10.0.0.1", i).greet())
			two[i].create("A", 1)
		}
		if p := b.dialFrom("10.0.0.1", 3); len(p.send(nil)) != 0 || !p.isClosed() {
			t.Error("a third client of the address was taken")
		}
		b.dialFrom("10.0.0.2", 1).greet().create("A", 1)
		if n := b.held(limitCircuitsPerAddress); n != 1 {
			t.Errorf("held %d", n)
		}
		_ = two[0].conn.Close()
		synctest.Wait()
		b.dialFrom("10.0.0.1", 4).greet().create("A", 1)
	})
}

// Connections that ask for nothing keep nobody out: the oldest goes for a new client. In
// a minute those go that have not said VERSION.
func TestHalfOpenConnectionsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{Config: Config{Limits: Limits{Circuits: 20}}})
		good := b.dial().greet()
		good.create("A", 1)
		var silent []*peer
		for range 30 {
			silent = append(silent, b.dial())
			time.Sleep(time.Millisecond) // fake: one is the oldest
		}
		synctest.Wait()
		if n := len(b.server.Stats().Clients); n != 20 {
			t.Errorf("%d clients, want 20", n)
		}
		time.Sleep(gracePeriod + time.Second)
		late := b.dial().greet()
		late.create("A", 1)
		if !silent[0].isClosed() || silent[1].isClosed() {
			t.Error("it was not the oldest that made room")
		}
		time.Sleep(time.Minute + sweepPeriod)
		synctest.Wait()
		if n := len(b.server.Stats().Clients); n != 2 {
			t.Errorf("%d clients after a minute, want the two that said VERSION", n)
		}
		if got := good.send(protocol.AppendEcho(nil)); len(got) != 1 {
			t.Errorf("echo: %v", got)
		}
		if n := b.held(limitHandshakeTime); n != 18 {
			t.Errorf("%d dropped for saying nothing, want 18", n)
		}
	})
}

// A client that has said VERSION and asks for nothing lives, unless the server is full.
func TestIdleClientMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{Config: Config{Limits: Limits{Circuits: 2}}})
		b.dial().greet().create("A", 1)
		idle := b.dial().greet()
		time.Sleep(24 * time.Hour)
		if got := idle.send(protocol.AppendEcho(nil)); len(got) != 1 {
			t.Errorf("echo after a day: %v", got)
		}
		b.dial().greet().create("A", 1)
		if !idle.isClosed() {
			t.Error("it keeps another client out")
		}
		if p := b.dial(); len(p.send(nil)) != 0 || !p.isClosed() {
			t.Error("a third client was taken")
		}
	})
}

// A client that only listens lives for ever, and so do one that only looks names up and
// one that has nothing to ask of a name server.
func TestSilentClientsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, ao("A"))
		b := start(t, db, &Server{})
		idle := b.dial().greet()
		listens := b.dial().greet()
		listens.subscribe(listens.create("A", 1), 1, dbr.Double, 1, pv.EventValue)
		looksUp := b.dial().greet()
		looksUp.send(protocol.AppendSearch(nil, 5, "A", 13, protocol.DoReply))
		time.Sleep(3 * 24 * time.Hour)
		set(t, value(t, db, "A"), 7)
		if x := doubles(t, listens.send(nil)); len(x) != 1 || x[0] != 7 {
			t.Errorf("events after three days: %v", x)
		}
		if got := looksUp.send(protocol.AppendSearch(nil, 5, "A", 13, protocol.DoReply)); len(got) != 1 {
			t.Errorf("search after three days: %v", got)
		}
		if got := idle.send(protocol.AppendEcho(nil)); len(got) != 1 {
			t.Errorf("echo after three days: %v", got)
		}
	})
}

// A client that sends a message byte by byte is dropped in time, however often a byte
// comes; a large message has the time it needs at the least speed.
func TestMessageThatIsNotFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: 200_000})
		b := start(t, db, &Server{})
		large := b.dial().greet()
		sid := large.create("W", 1)
		trickles := b.dial().greet()
		trickles.create("W", 1)
		began := time.Now()
		for _, c := range protocol.AppendReadNotify(nil, uint16(dbr.Double), 1, sid, 1)[:15] {
			trickles.send([]byte{c})
			time.Sleep(4 * time.Second)
		}
		if !trickles.isClosed() {
			t.Errorf("not dropped in %v", time.Since(began))
		}
		if n := b.held(limitMessageTime); n != 1 {
			t.Errorf("held %d", n)
		}

		put := protocol.AppendWriteNotify(nil, uint16(dbr.Double), 200_000, sid, 9, make([]byte, 1_600_000))
		var got []protocol.Message
		for len(put) > 0 { // 80 s in all
			n := min(len(put), 20_000)
			got = append(got, large.send(put[:n])...)
			put = put[n:]
			time.Sleep(time.Second)
		}
		if len(got) != 1 || got[0].Command != protocol.CmdWriteNotify || protocol.Status(got[0].Param1) != protocol.ECANormal {
			t.Errorf("a put at 20 kB a second: %v, closed %v", got, large.isClosed())
		}
	})
}

// A client that takes a large array drop by drop is dropped.
func TestArrayThatIsReadSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := database(t, record.Spec{
			Name: "W", Type: record.Waveform, ElementKind: pv.Float64, Elements: 100_000,
			Initial: pv.ArrayValue(make([]float64, 100_000)),
		})
		b := start(t, db, &Server{})
		for _, speed := range []int{100, 5000, 30_000} {
			client, server := prototest.PipeSize(4096)
			defer client.Close()
			b.listener.conns <- server
			out := protocol.AppendCreateChan(protocol.AppendVersion(nil, 0, 13), 1, "W", 13)
			if _, err := client.Write(protocol.AppendReadNotify(out, uint16(dbr.Double), 0, 0, 1)); err != nil {
				t.Fatal(err)
			}
			got, buf := 0, make([]byte, speed/10)
			for got < 800_000 {
				n, err := client.Read(buf)
				if got += n; err != nil {
					break
				}
				time.Sleep(100 * time.Millisecond)
			}
			if slow := speed < slowest; slow != (got < 800_000) || slow != (b.held(limitWriteTime) > 0 && got < 800_000) {
				t.Errorf("at %d bytes a second: %d bytes came, %d dropped", speed, got, b.held(limitWriteTime))
			}
		}
	})
}

// Channels and subscriptions of all clients together have a limit, and room comes
// back when a client goes.
func TestLimitsOfAllClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, database(t, ao("A")), &Server{Config: Config{Limits: Limits{Channels: 3, Subscriptions: 2}}})
		one, two := b.dial().greet(), b.dial().greet()
		for i := range uint32(2) {
			one.subscribe(one.create("A", i), i, dbr.Double, 1, pv.EventValue)
		}
		sid := two.create("A", 1)
		if got := two.send(protocol.AppendCreateChan(nil, 2, "A", 13)); len(got) != 1 || got[0].Command != protocol.CmdCreateChanFail {
			t.Errorf("fourth channel: %v", got)
		}
		got := two.send(protocol.AppendEventAdd(nil, uint16(dbr.Double), 1, sid, 1, pv.EventValue))
		if len(got) != 1 || protocol.Status(got[0].Param2) != protocol.ECAAllocMem || !two.isClosed() {
			t.Errorf("third subscription: %v, closed %v", got, two.isClosed())
		}
		if c, s := b.held(limitChannels), b.held(limitSubscriptions); c != 1 || s != 1 {
			t.Errorf("held %d and %d", c, s)
		}
		_ = one.conn.Close()
		synctest.Wait()
		if c, s := b.server.channels.Load(), b.server.subscriptions.Load(); c != 0 || s != 0 {
			t.Errorf("%d channels and %d subscriptions are left", c, s)
		}
		three := b.dial().greet()
		three.subscribe(three.create("A", 1), 1, dbr.Double, 1, pv.EventValue)
	})
}

// A limit is logged when it is reached and when it has not been for a minute.
func TestLimitsAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logText
		b := start(t, database(t, ao("A")), &Server{
			Config: Config{Limits: Limits{ChannelsPerCircuit: 1}},
			Log:    slog.New(slog.NewTextHandler(&log, nil)),
		})
		p := b.dial().greet()
		p.create("A", 1)
		flood := func() {
			for i := range uint32(100) {
				p.send(protocol.AppendCreateChan(nil, 2+i, "A", 13))
			}
		}
		count := func(what string) int { return strings.Count(log.String(), what) }
		flood()
		time.Sleep(30 * time.Second)
		flood()
		synctest.Wait()
		if w, i := count("limit reached"), count("no longer"); w != 1 || i != 0 {
			t.Errorf("%d warnings, %d ends: %s", w, i, log.String())
		}
		time.Sleep(quiet + 2*sweepPeriod)
		synctest.Wait()
		if w, i := count("limit reached"), count("no longer reached\" limit=channels_per_circuit held=200"); w != 1 || i != 1 {
			t.Errorf("%d warnings, %d ends: %s", w, i, log.String())
		}
		flood()
		if w := count("limit reached"); w != 2 {
			t.Errorf("%d warnings: %s", w, log.String())
		}
	})
}

// Clients that break the protocol over and over do not fill the log.
func TestHostileClientsDoNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logText
		b := start(t, database(t, ao("A")), &Server{Log: slog.New(slog.NewTextHandler(&log, nil))})
		for range 100 {
			b.dial().greet().send(protocol.AppendReadNotify(nil, 0, 1, 77, 1))
		}
		if n := strings.Count(log.String(), "client dropped"); n != 1 {
			t.Errorf("%d lines: %s", n, log.String())
		}
		if lines := fmt.Sprint(b.server.Stats().Accepted); lines != "100" {
			t.Errorf("%s accepted", lines)
		}
	})
}
